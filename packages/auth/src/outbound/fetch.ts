import { CallError, FrontEndError, type FrontEndStatus } from '../errors.ts';
import { attachToPairs, attachToRecord, type HeaderMode } from './attach.ts';
import { bodyOf, initOf, isRequest, readInit } from './call.ts';
import { frontEndStatus } from './front-end.ts';
import type { IdToken } from './id-token.ts';
import { isAt, placeOf, type Receiver } from './receiver.ts';
import { isReplayable } from './replayable.ts';
import type { Send } from './send.ts';
import { refuseToken } from './token-cache.ts';
import type { TokenSlot } from './token-slot.ts';

/** What a client's `fetch` works with. */
export interface FetchSettings {
  readonly slot: TokenSlot;
  readonly receiver: Receiver;
  readonly mode: HeaderMode;
  readonly timeoutMs: number;
  readonly frontEndErrors: 'throw' | 'respond';
  readonly send: Send;
}

/** As many as the Fetch standard follows. https://fetch.spec.whatwg.org/#http-redirect-fetch */
const MAX_REDIRECTS = 20;

/** Calls the receiver with the ID token. See `ServiceClient.fetch`. */
export function fetchWithToken(settings: FetchSettings, target: unknown, given: unknown): Promise<Response> {
  try {
    const init = readInit(given);
    if (typeof target === 'string' || !isRequest(target))
      return request(settings, { url: resolve(target, settings.receiver), init, redirects: 0, isRepeated: false });
    const url = resolve(target.url, settings.receiver);
    const hop = { url, init: initOf(target, init), redirects: 0, isRepeated: false };
    const hasOtherBody = init.body !== undefined && init.body !== null;
    if (target.body === null || hasOtherBody) return request(settings, hop);
    return bodyOf(target).then((body) => request(settings, { ...hop, init: { ...hop.init, ...body } }));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** One of the requests that a call comes to: the first, or that to where the one before was redirected. */
interface Hop {
  readonly url: string;
  readonly init: RequestInit;
  readonly redirects: number;
  /** Whether it has been made before, with a token that the front end refused. */
  readonly isRepeated: boolean;
}

/** With a token at hand it adds one promise to a call, since an async function's cost is felt here. */
function request(settings: FetchSettings, hop: Hop): Promise<Response> {
  const { slot, timeoutMs } = settings;
  const token = slot.peek();
  if (token !== undefined) return send(settings, hop, token);
  return abortable(slot.get(timeoutMs), hop.init.signal).then((fetched) => send(settings, hop, fetched));
}

function send(settings: FetchSettings, hop: Hop, token: IdToken): Promise<Response> {
  const headers = withToken(hop.init.headers, token, settings.mode);
  return settings.send(hop.url, { ...hop.init, headers, redirect: 'manual' }).then((response) => {
    if (hop.redirects > 0) Object.defineProperty(response, 'redirected', { value: true });
    return response.status < 300 ? response : settle(settings, hop, token, response);
  });
}

/** What becomes of a redirect or an error. */
async function settle(settings: FetchSettings, hop: Hop, token: IdToken, response: Response): Promise<Response> {
  const { status } = response;
  if (status >= 400) return settleError(settings, hop, token, response);
  const location = response.headers.get('location');
  const { redirect } = hop.init;
  // A redirect that leads nowhere is a response, except to who wants none.
  const isFollowed = isRedirect(status) && redirect !== 'manual' && (location !== null || redirect === 'error');
  if (!isFollowed) return response;
  await response.body?.cancel();
  return request(settings, redirected(hop, status, location, settings.receiver));
}

async function settleError(settings: FetchSettings, hop: Hop, token: IdToken, response: Response): Promise<Response> {
  const throws = settings.frontEndErrors === 'throw';
  const status = throws || response.status === 401 ? await frontEndStatus(response) : undefined;
  const other = status === 401 ? await anotherToken(settings, hop, token) : undefined;
  if (other === undefined && (status === undefined || !throws)) return response;
  await response.body?.cancel();
  if (other !== undefined) return send(settings, { ...hop, isRepeated: true }, other);
  const { receiver } = settings;
  throw new FrontEndError(status as FrontEndStatus, {
    receiver: receiver.origin,
    audience: token.audience,
    caller: token.caller,
  });
}

/**
 * Drops a token that the front end refused, and fetches another to make the call once more: whatever its method, since the
 * container has not seen it; unless its body is gone.
 */
async function anotherToken(settings: FetchSettings, hop: Hop, token: IdToken): Promise<IdToken | undefined> {
  const { slot, timeoutMs } = settings;
  if (!refuseToken(slot, token) || hop.isRepeated || !isReplayable(hop.init.body)) return undefined;
  const other = slot.get(timeoutMs).catch(() => token); // what failed is the call
  const next = await abortable(other, hop.init.signal);
  return next.bearer === token.bearer ? undefined : next;
}

/** The URL of a call, which must be one of the receiver's. A path cannot leave it: it is put behind the origin. */
function resolve(target: unknown, receiver: Receiver): string {
  const text = textOf(target);
  if (text.charCodeAt(0) === SLASH && text.charCodeAt(1) !== SLASH) return receiver.origin + text;
  const url = URL.parse(text, receiver.base.href);
  if (url === null || !isAt(url, receiver))
    throw new CallError('RUN_AUTH_ORIGIN_REFUSED', `${placeOf(url)} is not ${receiver.origin}.`);
  return url.href;
}

/** Read once. A URL need not be of this process's own class. What else could be turned into a text is none on purpose. */
function textOf(target: unknown): string {
  if (typeof target === 'string') return target;
  if (target instanceof URL) return String(target);
  const { href } = Object(target) as { href?: unknown };
  if (typeof href === 'string') return href;
  throw new TypeError(`What is called must be a path, a URL or a Request, and is ${kindOf(target)}.`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'null' : typeof value;
}

const SLASH = 47;

function withToken(
  headers: RequestInit['headers'],
  token: IdToken,
  mode: HeaderMode,
): Headers | Record<string, string> | [string, string][] {
  if (headers === undefined) return tokenHeaders(token, mode);
  if (Symbol.iterator in headers)
    return attachToPairs(headers as Iterable<[string, string]>, token, mode) as [string, string][];
  return attachToRecord(headers, token, mode) as Record<string, string>;
}

/**
 * `fetch` checks every header letter by letter, which costs more for a token than all the rest here. A copy of `Headers`
 * that were checked is not checked again; a copy, because what wraps `fetch` may write into it.
 */
function tokenHeaders(token: IdToken, mode: HeaderMode): Headers {
  const known = checkedHeaders[mode].get(token);
  if (known !== undefined) return new Headers(known);
  const checked = new Headers(attachToRecord({}, token, mode) as Record<string, string>);
  checkedHeaders[mode].set(token, checked);
  return new Headers(checked);
}

const checkedHeaders: Record<HeaderMode, WeakMap<IdToken, Headers>> = {
  authorization: new WeakMap(),
  'x-serverless-authorization': new WeakMap(),
  both: new WeakMap(),
};

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The next request, as the Fetch standard makes it, unless it would carry the token to another origin. */
function redirected(hop: Hop, status: number, location: string | null, receiver: Receiver): Hop {
  const { url, init, redirects, isRepeated } = hop;
  const from = `${receiver.origin}${new URL(url).pathname}`;
  if (location === null)
    throw new CallError('RUN_AUTH_REDIRECT_REFUSED', `${from} redirects and does not say where to.`);
  const to = URL.parse(location, url);
  if (init.redirect === 'error' || to === null || !isAt(to, receiver) || redirects >= MAX_REDIRECTS)
    throw new CallError('RUN_AUTH_REDIRECT_REFUSED', `${from} redirects to ${placeOf(to)}.`);
  if (status !== 303 && !isReplayable(init.body))
    throw new CallError('RUN_AUTH_REDIRECT_REFUSED', `${from} redirects a request whose body is a stream.`);
  const next = { url: to.href, init, redirects: redirects + 1, isRepeated };
  const method = (init.method ?? 'GET').toUpperCase();
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const becomesGet = status === 303 ? hasBody : status < 303 && method === 'POST';
  if (becomesGet)
    return { ...next, init: { ...init, method: 'GET', body: null, headers: withoutBodyHeaders(init.headers) } };
  return next;
}

function withoutBodyHeaders(init: RequestInit['headers']): Headers {
  const headers = new Headers(init);
  for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'])
    headers.delete(name);
  return headers;
}

/** Waits for the token no longer than the caller waits for the response. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (signal === null || signal === undefined) return promise;
  return new Promise((resolvePromise, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolvePromise, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
