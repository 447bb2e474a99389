/** The receiver's resources: `open` to all, and `guarded`, which answers 401 to those who bring no token. */
export interface OutboundSettings {
  readonly origin: string;
}

export const OPEN = '/profiles/ada';
export const GUARDED = '/guarded/profiles/ada';

/** One call: GET, and the body read as JSON. Rejects unless it was answered with 200. */
export type Call = () => Promise<unknown>;

/** A file in `callers/` exports one: makes what a service makes when it starts, and gives what it does for each call. */
export type PrepareCaller = (settings: OutboundSettings) => Promise<Call>;

/** Passes on what was read, when the receiver was content. */
export function expectOk<T>(status: number, body: T): T {
  if (status !== 200) throw new Error(`The receiver answered ${status}.`);
  return body;
}
