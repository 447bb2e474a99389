import { MendableError } from './mendable-error.ts';
import { readText } from './read-text.ts';
import type { Shape } from './shape.ts';

/** A failure to reach or to understand an emulator, with what mends it. */
export class TargetError extends MendableError {
  override readonly name = 'TargetError';
}

/** What an emulator refuses the developer, in its own words. */
export class RefusedError extends TargetError {}

/** Milliseconds that an emulator, or a metadata server of its, may take to answer. */
export const TIMEOUT_MS = 10_000;

/** UTF-16 units. Two thousand decisions with the longest of paths are below. */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/** Where no emulator answers. */
export const NO_EMULATOR_MEND =
  'Start one with run-edges up, npm start in a clone, or name the right address with --target; check and explain do without it.';

/**
 * Asks an emulator; with a body it is told. Whatever listens at the address may answer: only an answer of the shape is
 * believed, and no redirect followed.
 * @param api its address
 * @param token the developer's, or a proof of it, where that is wanted
 * @throws TargetError when no emulator answers there
 */
export async function askEmulator<T>(
  api: string,
  path: string,
  shape: Shape<T>,
  body?: object | URLSearchParams,
  token?: string,
): Promise<T> {
  const url = addressOf(api, path);
  const notOurs = (why: string) =>
    new TargetError(`What answers at ${api} is no run-edges emulator (${why}).`, NO_EMULATOR_MEND);
  const response = await fetch(url, {
    ...told(body, token),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    const why = (error.cause as Error | undefined)?.message ?? error.message;
    throw new TargetError(`No emulator answers at ${api} (${why}).`, NO_EMULATOR_MEND);
  });
  if (!response.ok) {
    const said = response.status === 403 && token !== undefined ? await readRefusal(response) : undefined;
    await response.body?.cancel();
    if (response.status === 401 && token !== undefined) throw notTaken(api);
    if (said !== undefined) throw new RefusedError(said, 'See who calls at /run-edges/v1/callers.');
    throw notOurs(`${response.status} at ${path}`);
  }
  const text = await readText(response, LONGEST_ANSWER).catch((error: Error) => {
    throw notOurs(`${error.message} at ${path}`);
  });
  if (text.length > LONGEST_ANSWER) throw notOurs(`endless talk at ${path}`);
  const answer = parsed(text);
  if (answer === undefined) throw notOurs(`no JSON at ${path}`);
  const problem = shape(answer.value);
  if (problem !== undefined) throw notOurs(`at ${path} ${problem}`);
  return answer.value as T;
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

function told(body: object | URLSearchParams | undefined, token: string | undefined): RequestInit {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  if (body === undefined) return { headers: authorization };
  if (body instanceof URLSearchParams) return { method: 'POST', headers: authorization, body };
  return {
    method: 'POST',
    headers: { ...authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function notTaken(api: string): TargetError {
  return new TargetError(
    `The emulator at ${api} has another token for the developer.`,
    'Start it again, and ask as the user who started it; where RUN_EDGES_TOKEN is set, it must be the same for both.',
  );
}

/** UTF-16 units. */
const LONGEST_REFUSAL = 16 * 1024;

async function readRefusal(response: Response): Promise<string | undefined> {
  const text = await readText(response, LONGEST_REFUSAL).catch(() => '');
  const { error } = (parsed(text)?.value ?? {}) as { error?: { message?: unknown } };
  return typeof error?.message === 'string' ? error.message : undefined;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
