import type { Dispatcher } from 'undici';
import { CallError } from '../errors.ts';
import { attachToPairs, attachToRecord, type HeaderMode } from './attach.ts';
import { type DispatcherOrigin, elsewhere } from './dispatcher-origin.ts';
import { FrontEndHandler, type Repeat } from './front-end-handler.ts';
import type { IdToken } from './id-token.ts';
import { isAt, placeOf, type Receiver } from './receiver.ts';
import { isReplayable } from './replayable.ts';
import { refuseToken } from './token-cache.ts';
import type { TokenSlot } from './token-slot.ts';
import { explainMismatch, refuseOlder } from './undici-versions.ts';

type Options = Dispatcher.DispatchOptions;
type Handler = Dispatcher.DispatchHandler;
type Headers = Options['headers'];

/** What is handed inward: a redirect interceptor of undici 6 and 7 reads the second. */
type Inward = Options & { maxRedirections: 0 };

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
 * call. Requests to another origin, by what they say or by what the dispatcher is for, and errors, reach the handler as
 * errors.
 */
export function createInterceptor(settings: InterceptorSettings): Dispatcher.DispatcherComposeInterceptor {
  const { slot, receiver, timeoutMs } = settings;
  return (dispatch: Dispatcher.Dispatch, fixedOrigin?: DispatcherOrigin) => {
    const astray = elsewhere(fixedOrigin, receiver);
    return (given, handler) => {
      if (refuseOlder(handler)) return true;
      if (astray !== undefined) return fail(handler, new CallError('RUN_AUTH_ORIGIN_REFUSED', astray));
      // A copy: what is sent is what was checked, though its owner changes it while a token is waited for.
      // A redirect interceptor further in would take X-Serverless-Authorization to any origin: this turns it off.
      const options: Inward = { ...given, maxRedirections: 0 };
      const misdirected = refuseTarget(options, fixedOrigin, receiver);
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
  };
}

function send(
  dispatch: Dispatcher.Dispatch,
  options: Inward,
  handler: Handler,
  token: IdToken,
  settings: InterceptorSettings,
  isRepeated = false,
): boolean {
  const { slot, receiver, mode, timeoutMs } = settings;
  const { headers = null } = options;
  try {
    options.headers = withToken(headers, token, mode);
  } catch (error) {
    return fail(handler, error as Error);
  }
  /** As `fetch` does: drops the token, and makes the call once more with another one. */
  const repeat: Repeat = (controller, giveUp) => {
    if (!refuseToken(slot, token) || isRepeated || !isReplayable(options.body)) return false;
    slot.get(timeoutMs).then((other) => {
      if (controller.aborted) fail(handler, controller.reason as Error);
      else if (other.bearer === token.bearer) giveUp();
      else send(dispatch, { ...options, headers }, handler, other, settings, true);
    }, giveUp);
    return true;
  };
  const about = { receiver: receiver.origin, audience: token.audience, caller: token.caller };
  const reader = new FrontEndHandler(handler, about, settings.frontEndErrors === 'throw', repeat);
  try {
    return dispatch(options, reader);
  } catch (error) {
    return fail(handler, explainMismatch(error) as Error);
  }
}

/** undici tells an error before the request has started with a controller of nothing, as its own interceptors do. */
function fail(handler: Handler, error: Error): true {
  const none = null as unknown as Dispatcher.DispatchController;
  handler.onResponseError?.(none, error);
  return true;
}

/**
 * Where a request says that it goes: by its origin, and by its path, which may be an absolute URL that decides where
 * undici's proxies send it. That is compared letter by letter, since a proxy may read `\` or `@` in its own way; `//` and
 * `/\` could be read as another host.
 */
function refuseTarget(options: Options, fixedOrigin: DispatcherOrigin, receiver: Receiver): CallError | undefined {
  const { origin = fixedOrigin, path } = options;
  if (origin !== receiver.origin) {
    const url = URL.parse(String(origin));
    if (url === null || !isAt(url, receiver)) return refused(placeOf(url), receiver);
  }
  if (typeof path !== 'string') return refused('A path that is no text', receiver);
  options.origin = receiver.origin;
  const isPath = path.charCodeAt(0) === SLASH && path.charCodeAt(1) !== SLASH && path.charCodeAt(1) !== BACKSLASH;
  if (isPath || path.startsWith(`${receiver.origin}/`)) return undefined;
  return refused(`A path that leads to ${placeOf(URL.parse(path, receiver.origin))}`, receiver);
}

const SLASH = 47;
const BACKSLASH = 92;

function refused(what: string, receiver: Receiver): CallError {
  return new CallError('RUN_AUTH_ORIGIN_REFUSED', `${what} is not ${receiver.origin}.`);
}

function withToken(headers: Headers, token: IdToken, mode: HeaderMode): NonNullable<Headers> {
  if (headers === null || headers === undefined) return attachToRecord({}, token, mode) as Record<string, string>;
  if (Array.isArray(headers)) return attachToPairs(pairsOf(headers), token, mode).flat() as string[];
  if (Symbol.iterator in headers) return attachToPairs(headers, token, mode).flat() as string[];
  return attachToRecord(headers, token, mode) as Record<string, string>;
}

function* pairsOf(flat: readonly unknown[]): Generator<[unknown, unknown]> {
  if (flat.length % 2 !== 0) throw new TypeError('The headers are a list of odd length.');
  for (let index = 0; index < flat.length; index += 2) yield [flat[index], flat[index + 1]];
}
