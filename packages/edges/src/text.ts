/**
 * What steers a terminal, hides text or turns it round: controls (with ESC, which begins CSI and OSC, and DEL), marks of
 * direction and of no width, line and paragraph separators, halves of surrogate pairs.
 */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

interface Shown {
  /** UTF-16 units of the text that are shown. Default: all. */
  readonly atMost?: number;
  /** What is left as it is all the same. Default: nothing. */
  readonly keep?: (character: string, at: number, text: string) => boolean;
}

/**
 * Text of others, such as a path, an e-mail address or a log line, for one line of a terminal: what steers one is shown
 * as JSON escapes it, so that JSON stays the same JSON.
 */
export function printable(text: string, { atMost = Number.POSITIVE_INFINITY, keep = () => false }: Shown = {}): string {
  const short = text.length > atMost ? `${text.slice(0, atMost)}...` : text;
  return short.replace(STEERING, (character, at: number) =>
    keep(character, at, short) ? character : escaped(character),
  );
}

/** Each UTF-16 unit by itself: `\u001b`. */
function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

/** Runs of what may stand in single quotes, and of what steers a terminal. */
const RUNS = /((?:\n|[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}])+)|((?:(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}])+)/gu;

/**
 * A word as a POSIX shell reads it back, in characters that steer no terminal but for line breaks, which stand in
 * quotes. What no word can hold, NUL and halves of surrogate pairs, is U+FFFD.
 */
export function shellWord(word: string): string {
  // A word that begins with = is the path of a command in zsh.
  if (/^(?!=)[\w@%+=:,./-]+$/.test(word)) return word;
  const text = word.toWellFormed().replaceAll('\0', '\ufffd');
  if (text === '') return "''";
  return text.replace(RUNS, (_, plain?: string, steering?: string) =>
    plain === undefined ? printedByShell(steering ?? '') : `'${plain.replaceAll("'", "'\\''")}'`,
  );
}

function printedByShell(text: string): string {
  const octal = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `"$(printf '${octal.join('')}')"`;
}
