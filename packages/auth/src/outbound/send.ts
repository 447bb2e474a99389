import type * as Undici from 'undici';
import { CallError } from '../errors.ts';
import { elsewhere, GLOBAL_DISPATCHERS, originOf } from './dispatcher-origin.ts';
import { withoutProxy } from './environment-proxy.ts';
import { isLoopback, type Receiver } from './receiver.ts';
import { explainMismatch } from './undici-versions.ts';

/** Sends one request: `fetch`, of Node or of undici. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Node's `fetch`. The call or the process may have named a dispatcher for it, which decides where the token goes: each is
 * asked once. No proxy that the environment names is asked for this machine.
 */
export function throughNode(receiver: Receiver): Send {
  const { fetch } = globalThis;
  const isLocal = isLoopback(receiver.base.hostname);
  const asked = new WeakSet<object>();
  const ask = (dispatcher: unknown): void => {
    if (typeof dispatcher !== 'object' || dispatcher === null || asked.has(dispatcher)) return;
    const where = elsewhere(originOf(dispatcher as Undici.Dispatcher), receiver);
    if (where !== undefined) throw new CallError('RUN_AUTH_ORIGIN_REFUSED', where);
    asked.add(dispatcher);
  };
  return (url, init) => {
    ask(init.dispatcher);
    for (const name of GLOBAL_DISPATCHERS) ask(Reflect.get(globalThis, name));
    if (init.dispatcher !== undefined) return fetch(url, init).catch(rethrow);
    const dispatcher = isLocal ? withoutProxy() : undefined;
    return fetch(url, dispatcher === undefined ? init : { ...init, dispatcher });
  };
}

function rethrow(error: unknown): never {
  throw explainMismatch(error);
}

/** A dispatcher belongs to one version of undici, and Node's own `fetch` may hold another. Loaded only when it is needed. */
export function throughDispatcher(dispatcher: Undici.Dispatcher): Send {
  const loading = import('undici');
  return async (url, given) => {
    const undici = await loading;
    const body = given.body instanceof FormData ? copyForm(given.body, new undici.FormData()) : given.body;
    const init = { ...(given as object), body: body as Undici.BodyInit, dispatcher };
    return asNodes(await undici.fetch(url, init).catch(rethrow));
  };
}

/** Each undici knows no form but its own. */
function copyForm(form: FormData, copy: Undici.FormData): Undici.FormData {
  for (const [name, value] of form) copy.append(name, value);
  return copy;
}

/** The same response as one of Node's own, as whoever calls `fetch` expects it. */
function asNodes(response: Undici.Response): Response {
  const { status, statusText, url, redirected, type } = response;
  const own = new Response(response.body as ReadableStream | null, {
    status,
    statusText,
    headers: [...response.headers],
  });
  const described = {
    url: { value: url },
    redirected: { value: redirected, configurable: true },
    type: { value: type },
  };
  return Object.defineProperties(own, described);
}
