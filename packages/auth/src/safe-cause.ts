import { HIDDEN, hideForms, hideRandom } from './secret-forms.ts';

/**
 * What may be told of an error from elsewhere. google-auth-library's hold the whole request and answer: refresh tokens,
 * assertions, subject tokens; and a server's answer, which becomes the message, may quote them.
 */

/** Longer texts are pages or bodies, of which the beginning says enough. */
const MAX_MESSAGE = 1_000;
const MAX_STACK = 8_000;
const MAX_DEPTH = 5;

/** Fields of a request, an answer or a file that are secret, whatever form their values have. */
export const SECRET_FIELD: RegExp = /(?:token|secret|assertion|password|key|authorization|cookie)$/i;
/** More are in no request; a lying answer must not cost more. */
const MAX_SECRETS = 100;

/** The text without the secrets that it quotes, as far as their form or what led to the error tells them. */
export function withoutSecrets(text: string, cause: unknown): string {
  return hide(text, secretsOf(cause, [], []), MAX_MESSAGE);
}

/**
 * An error with what is safe of another: name, message, code and status, and of its causes the same.
 *
 * @param holder what else holds secrets that the message may quote: the client that made the request
 * @param given texts that must not be told, wherever they come from
 */
export function safeCause(cause: unknown, holder?: unknown, given: readonly string[] = []): Error {
  return copyOf(cause, secretsOf(cause, [holder], given), 0);
}

function hide(text: string, secrets: readonly string[], length: number): string {
  let told = text;
  for (const secret of secrets) told = told.replaceAll(secret, HIDDEN);
  told = hideForms(told.slice(0, MAX_STACK));
  return told.length > length ? `${told.slice(0, length - 1)}…` : told;
}

function copyOf(cause: unknown, secrets: readonly string[], depth: number): Error {
  const { name, code, status, stack, cause: inner } = Object(cause) as Record<string, unknown>;
  const options = inner === undefined || depth === MAX_DEPTH ? {} : { cause: copyOf(inner, secrets, depth + 1) };
  const error = new Error(hideRandom(hide(messageOf(cause), secrets, MAX_MESSAGE)), options);
  const words = { name: word(name, /^[A-Za-z]{1,64}$/), code: word(code, CODE), status: word(status, CODE) };
  for (const [key, value] of Object.entries(words))
    if (value !== undefined) Object.defineProperty(error, key, { value, enumerable: key !== 'name' });
  if (typeof stack === 'string') error.stack = hide(stack, secrets, MAX_STACK).replace(NO_FRAME, hideRandom);
  return error;
}

/** A line of a stack that is a part of the message: the others have long names of files. */
const NO_FRAME = /^(?! {4}at ).+$/gm;

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const { message } = Object(thrown) as { message?: unknown };
  return typeof message === 'string' ? message : `a thrown ${typeof thrown}`;
}

/** As Node, OAuth 2.0 and Google's APIs write codes; a server or program may put anything there. */
const CODE = /^(?:[A-Z][A-Z\d_]{0,63}|[a-z_]{1,64}|\d{1,3})$/;

function word(value: unknown, form: RegExp): string | number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && form.test(value) ? value : undefined;
}

interface Carrier {
  readonly headers?: unknown;
  readonly data?: unknown;
  readonly body?: unknown;
}

/** The secrets in the requests and answers that google-auth-library hangs on its errors, and those that others hold. */
function secretsOf(cause: unknown, holders: readonly unknown[], given: readonly string[]): string[] {
  const found = new Set(given);
  const seen = new Set<unknown>();
  for (const holder of holders) collect('', holder, found, seen, 0);
  for (let one = cause; typeof one === 'object' && one !== null && !seen.has(one); one = (one as Error).cause) {
    seen.add(one);
    const { config, response } = one as Record<string, Carrier & { readonly config?: Carrier }>;
    for (const carrier of [config, response?.config, response])
      for (const part of [carrier?.headers, carrier?.data, carrier?.body]) collect('', part, found, seen, 0);
  }
  // The longest first: one may be the beginning of another.
  return [...found].sort((a, b) => b.length - a.length);
}

function collect(name: string, value: unknown, found: Set<string>, seen: Set<unknown>, depth: number): void {
  if (typeof value === 'string' && SECRET_FIELD.test(name)) {
    if (found.size < MAX_SECRETS) for (const form of formsOf(value)) found.add(form);
  } else if (depth < MAX_DEPTH && !seen.has(value)) {
    if (typeof value === 'object') seen.add(value);
    for (const [inner, each] of fieldsOf(value)) collect(inner, each, found, seen, depth + 1);
  }
}

/** A secret as messages quote it: as it is, in JSON, in a URL, in a form, as the name of a host. */
export function formsOf(secret: string): string[] {
  const inUrl = encodeURIComponent(secret.toWellFormed());
  const inForm = new URLSearchParams({ '': secret }).toString().slice(1);
  const forms = [secret, JSON.stringify(secret).slice(1, -1), inUrl, inForm, secret.toLowerCase()];
  // A short one would hide every text.
  return forms.filter((form) => form.length > 5);
}

/** The members of what a request or an answer holds: an object, a form, headers, or a text that is one of the first two. */
function fieldsOf(value: unknown): [string, unknown][] {
  if (typeof value === 'string') return fieldsOf(parsed(value));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const isForm = value instanceof Headers || value instanceof URLSearchParams || value instanceof FormData;
  return isForm ? [...value] : Object.entries(value);
}

function parsed(text: string): unknown {
  try {
    return Object(JSON.parse(text));
  } catch {
    return new URLSearchParams(text);
  }
}
