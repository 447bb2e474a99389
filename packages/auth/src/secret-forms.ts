/** What a secret looks like, so that none is told in a message. */

export const HIDDEN = '[hidden]';

/** Secrets that are known by their form, wherever they stand. */
const SECRETS = [
  /-----BEGIN [\s\S]*?(?:-----END [A-Z ]*-----|$)/g,
  // What JSON.parse quotes of a text that it could not read.
  /(?:\.\.\.)?"[\s\S]{0,100}"(?:\.\.\.)?(?= is not valid JSON)/g,
  // What google-auth-library quotes of the output of a program that fetches subject tokens.
  /(?<=\ban invalid response: )[\s\S]+/g,
  /(?<=\bfailed with exit code: (?:(?:-?\d{1,3}|SIG[A-Z]+) and error message: )?)(?!(?:-?\d{1,3}|SIG[A-Z]+) and )[\s\S]+/g,
  /\be[yw][\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g,
  // JSON and PEM in base64.
  /\b(?:e[yw][\w+]{30}|LS0tLS1CRUdJTi)[\w+/=]*/g,
  /\bya29\.[\w.-]+/g,
  /\b1\/\/[\w-]+/g,
  /\bGOCSPX-[\w-]+/g,
  /\bAIza[\w-]{30,}/g,
  /(?<=:\/\/)[^\s/@"]+(?=@)/g,
  /(?<=(?:token|secret|assertion|password|private_key|[?&]key)(?:=|\\?": ?\\?"))[^\s"&\\]{6,}/gi,
  /\b(?:bearer|basic) +[^\s"',;]{16,}/gi,
];

/** The text without what is a secret by its form. */
export function hideForms(text: string): string {
  let told = text;
  for (const secret of SECRETS) told = told.replace(secret, HIDDEN);
  return told;
}

/** The text without what looks like nothing but a secret: of a message from elsewhere, which has no long words of its own. */
export function hideRandom(text: string): string {
  return text.replaceAll(RANDOM, HIDDEN).replaceAll(AROUND, (run) => run.replaceAll(LONG, HIDDEN));
}

/** Longer than what a person writes as a name, an address or a path. */
const MAX_PLAIN = 256;
/** So many characters of capitals, small letters and digits in a row, or of hexadecimal digits, are no name. */
const RANDOM = /(?<![\w+=])(?=[\w+=]*[a-z])(?=[\w+=]*[A-Z])(?=[\w+=]*\d)[\w+=]{20,}|[\da-f]{32,}/g;
/** What slashes join to such a row is most likely the rest of it in base64, though it has no digit, or is short. */
const AROUND = /(?<![\w+=/])[\w+=/]*\[hidden\](?:[\w+=/]|\[hidden\])*/g;
const LONG = /[\w+=]{12,}/g;
/** The parts of a path are words; a slash inside of another text may be one of base64. */
const PATH = /^(?:[\w+.-]+:\/)?[/~.]|^[A-Za-z]:[\\/]/;

/**
 * Whether a text that somebody gave may be told: it looks like a name, an address or a path, and not like a secret that was
 * put in its place. What only may be one is not told either.
 */
export function isPlain(text: string): boolean {
  const words = PATH.test(text) ? text : text.replaceAll('/', '');
  return (
    text.length <= MAX_PLAIN && !/[\p{Cc}{}]/u.test(text) && hideForms(text) === text && hideRandom(words) === words
  );
}

/** What somebody gave, for a message: in quotes, or how long it is. */
export function told(value: unknown): string {
  if (typeof value !== 'string') return `of type ${typeof value}`;
  return isPlain(value) ? JSON.stringify(value) : `a text of ${value.length} characters`;
}
