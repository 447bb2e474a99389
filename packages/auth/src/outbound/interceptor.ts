import type { Dispatcher } from 'undici';
import { CallError } from '../errors.ts';
import { attachToPairs, attachToRecord, type HeaderMode } from './attach.ts';
import { FrontEndHandler } from './front-end-handler.ts';
import type { IdToken } from './id-token.ts';
import type { Receiver } from './receiver.ts';
import type { TokenSlot } from './token-slot.ts';

type Options = Dispatcher.DispatchOptions;
type Handler = Dispatcher.DispatchHandler;
type Headers = Options['headers'];

/** What the interceptor works with. */
export interface InterceptorSettings {
  readonly slot: TokenSlot;
  readonly receiver: Receiver;
  readonly mode: HeaderMode;
  readonly timeoutMs: number;
  readonly frontEndErrors: 'throw' | 'respond';
}

/**
 * The client as an interceptor of undici: `pool.compose(client.interceptor)`. With a token at hand it adds no promise to a
 * call. Requests to another origin, and errors, reach the handler as errors.
 */
export function createInterceptor(settings: InterceptorSettings): Dispatcher.DispatcherComposeInterceptor {
  const { slot, receiver, timeoutMs } = settings;
  return (dispatch) => (options, handler) => {
    const misdirected = refuseOrigin(options, receiver);
    if (misdirected !== undefined) return fail(handler, misdirected);
    const token = slot.peek();
    if (token !== undefined) return send(dispatch, options, handler, token, settings);
    slot.get(timeoutMs).then(
      (fetched) => send(dispatch, options, handler, fetched, settings),
      (error: Error) => fail(handler, error),
    );
    // Not `false`: that would ask the caller to wait for a `drain` event that never comes.
    return true;
  };
}

function send(
  dispatch: Dispatcher.Dispatch,
  options: Options,
  handler: Handler,
  token: IdToken,
  { mode, receiver, frontEndErrors }: InterceptorSettings,
): boolean {
  let headers: Headers;
  try {
    headers = withToken(options.headers, token, mode);
  } catch (error) {
    return fail(handler, error as Error);
  }
  const reader = frontEndErrors === 'throw' ? new FrontEndHandler(handler, receiver.origin, token) : handler;
  // A redirect interceptor further in would take X-Serverless-Authorization to any origin: this turns it off.
  const inward: Options & { maxRedirections: 0 } = { ...options, headers, maxRedirections: 0 };
  return dispatch(inward, reader);
}

/** undici tells an error before the request has started with a controller of nothing, as its own interceptors do. */
function fail(handler: Handler, error: Error): true {
  const none = null as unknown as Dispatcher.DispatchController;
  handler.onResponseError?.(none, error);
  return true;
}

/** A path may be an absolute URL; then it decides where undici's proxies send the request. */
function refuseOrigin(options: Options, receiver: Receiver): CallError | undefined {
  const { origin, path } = options;
  const sameOrigin = origin === undefined || origin === receiver.origin || originOf(origin) === receiver.origin;
  if (sameOrigin && path.charCodeAt(0) === SLASH) return undefined;
  if (sameOrigin && originOf(path) === receiver.origin) return undefined;
  const target = sameOrigin ? path : String(origin);
  return new CallError('RUN_AUTH_ORIGIN_REFUSED', `${target} is not ${receiver.origin}.`);
}

const SLASH = 47;

function originOf(url: string | URL): string | undefined {
  return URL.parse(String(url))?.origin;
}

function withToken(headers: Headers, token: IdToken, mode: HeaderMode): NonNullable<Headers> {
  if (headers === null || headers === undefined) return attachToRecord({}, token, mode) as Record<string, string>;
  if (Array.isArray(headers)) return attachToPairs(pairsOf(headers), token, mode).flat();
  if (Symbol.iterator in headers) return attachToPairs(headers, token, mode).flat() as string[];
  return attachToRecord(headers, token, mode) as Record<string, string>;
}

function* pairsOf(flat: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index < flat.length; index += 2) yield [flat[index] as string, flat[index + 1] as string];
}
