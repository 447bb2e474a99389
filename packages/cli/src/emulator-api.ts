import { MendableError } from './mendable-error.ts';
import { readText } from './read-text.ts';
import type { Shape } from './shape.ts';

/** A failure to reach or to understand an emulator, with what mends it. */
export class TargetError extends MendableError {
  override readonly name = 'TargetError';
}

/** Milliseconds that an emulator, or a metadata server of its, may take to answer. */
export const TIMEOUT_MS = 10_000;

/** UTF-16 units. Two thousand decisions with the longest of paths are below. */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/** Where no emulator answers. */
export const NO_EMULATOR_MEND =
  'Start one with run-edges up, npm start in a clone, or name the right address with --target; check and explain do without it.';

/** What was answered, by whatever listens there. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Asks an emulator; with a body it is told. Whatever listens at the address may answer: only an answer of the shape is
 * believed, and no redirect followed. What is the developer's goes by {@link askAsDeveloper}.
 * @param api its address
 * @throws TargetError when no emulator answers there
 */
export async function askEmulator<T>(
  api: string,
  path: string,
  shape: Shape<T>,
  body?: object | URLSearchParams,
): Promise<T> {
  return understood(api, path, shape, await exchange(api, path, body));
}

/** @throws TargetError when nothing answers there, or it does not come to an end */
export async function exchange(
  api: string,
  path: string,
  body: object | URLSearchParams | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(addressOf(api, path), {
    ...told(body, headers),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    const why = (error.cause as Error | undefined)?.message ?? error.message;
    throw new TargetError(`No emulator answers at ${api} (${why}).`, NO_EMULATOR_MEND);
  });
  const text = await readText(response, LONGEST_ANSWER).catch((error: Error) => {
    throw notOurs(api, `${error.message} at ${path}`);
  });
  if (text.length > LONGEST_ANSWER) throw notOurs(api, `endless talk at ${path}`);
  return { status: response.status, headers: response.headers, text };
}

/** @throws TargetError where no emulator would answer so */
export function understood<T>(api: string, path: string, shape: Shape<T>, { status, text }: Answer): T {
  if (status < 200 || status > 299) throw notOurs(api, `${status} at ${path}`);
  const answer = parsed(text);
  if (answer === undefined) throw notOurs(api, `no JSON at ${path}`);
  const problem = shape(answer.value);
  if (problem !== undefined) throw notOurs(api, `at ${path} ${problem}`);
  return answer.value as T;
}

function notOurs(api: string, why: string): TargetError {
  return new TargetError(`What answers at ${api} is no run-edges emulator (${why}).`, NO_EMULATOR_MEND);
}

/**
 * An address that an emulator names must be of its own machine: else what it says would make this command ask, and send
 * tokens to, whomever it likes.
 * @throws TargetError
 */
export function ownAddress(api: string, url: string): string {
  const { hostname: host = '', protocol } = URL.parse(url) ?? {};
  const own = new URL(api).hostname;
  if (protocol?.startsWith('http') && (host === own || (isLoopback(host) && isLoopback(own)))) return url;
  throw new TargetError(
    `The emulator at ${api} names an address that is not its own, ${url}.`,
    `Give --target the host that the emulator listens on, as it prints it.`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function addressOf(api: string, path: string): URL {
  const url = URL.parse(api);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TargetError(`--target ${api} is not a URL.`, 'Give one such as http://127.0.0.1:8080, or a project id.');
  if (url.username !== '' || url.password !== '')
    throw new TargetError(
      `--target holds a user name or a password.`,
      `Leave them out: http://${url.host} asks for none.`,
    );
  return new URL(path, url);
}

function told(
  body: object | URLSearchParams | undefined,
  headers: Readonly<Record<string, string>>,
): Pick<RequestInit, 'method' | 'headers' | 'body'> {
  if (body === undefined) return { headers };
  if (body instanceof URLSearchParams) return { method: 'POST', headers, body };
  return { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** What a text in JSON holds; undefined where it is none. */
export function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
