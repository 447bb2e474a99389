/** A failure to reach or to understand an emulator, with what mends it. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly mend: string;

  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}

/** Milliseconds that an emulator, or a metadata server of its, may take to answer. */
export const TIMEOUT_MS = 10_000;

/** Asks an emulator; with a body it is told. @param api its address @throws TargetError when none answers there */
export async function askEmulator<T>(api: string, path: string, body?: object | URLSearchParams): Promise<T> {
  const mend = 'Start one with npm start, or leave --target out.';
  if (!URL.canParse(api))
    throw new TargetError(`--target ${api} is not a URL.`, 'Give one such as http://127.0.0.1:8080, or a project id.');
  const init =
    body === undefined
      ? {}
      : body instanceof URLSearchParams
        ? { method: 'POST', body }
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(new URL(path, api), { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (error: Error) => {
      throw new TargetError(
        `No emulator answers at ${api} (${(error.cause as Error | undefined)?.message ?? error.message}).`,
        mend,
      );
    },
  );
  const notOurs = (why: string) => new TargetError(`What answers at ${api} is no run-edges emulator (${why}).`, mend);
  if (!response.ok) throw notOurs(`${response.status} at ${path}`);
  return (await response.json().catch(() => {
    throw notOurs(`no JSON at ${path}`);
  })) as T;
}
