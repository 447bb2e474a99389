/** What may go with a call: RequestInit of https://fetch.spec.whatwg.org/#requestinit, and the dispatcher of undici. */
const MEMBERS = ['method', 'headers', 'body', 'redirect', 'signal', 'keepalive', 'duplex', 'dispatcher'];
/** What of it a Request has, too, besides its body. Its signal is never null. */
const SHARED = ['mode', 'credentials', 'cache', 'integrity'] as const;
/** What a Request forgets when it is changed in any way. */
const REFERRER = ['referrer', 'referrerPolicy'] as const;
const ALL = [...MEMBERS, ...SHARED, ...REFERRER, 'priority', 'window'];

/**
 * What goes with a call, as an object that has it itself: `fetch` finds the members of a class, too, such as those of a
 * Request that is given in this place. What stands on Object.prototype nobody gave.
 */
export function readInit(given: unknown): RequestInit {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' && typeof given !== 'function')
    throw new TypeError(`What goes with a call must be an object, and is ${typeof given}.`);
  const prototype: unknown = Object.getPrototypeOf(given);
  const init = (prototype === Object.prototype || prototype === null ? given : membersOf(given)) as RequestInit;
  const { redirect = 'follow' } = init;
  if (!REDIRECTS.has(redirect)) throw new TypeError(`redirect must be 'follow', 'error' or 'manual'.`);
  return init;
}

const REDIRECTS: ReadonlySet<unknown> = new Set(['follow', 'error', 'manual']);

function membersOf(given: object): Record<string, unknown> {
  const init: Record<string, unknown> = {};
  for (const name of ALL) {
    const value: unknown = Reflect.get(given, name);
    if (value !== undefined && value !== Reflect.get(Object.prototype, name)) init[name] = value;
  }
  return init;
}

/** Whether this is a Request, be it of Node or of any undici. Told by its tag, as each has a class of its own. */
export function isRequest(value: unknown): value is Request {
  return value instanceof Request || Object.prototype.toString.call(value) === '[object Request]';
}

/** A Request with what goes with it, as the Fetch standard puts the two together, but for the Request's body. */
export function initOf(request: Request, given: RequestInit): RequestInit {
  const { method, headers, redirect, signal, keepalive } = request;
  const init: Record<string, unknown> = { method, headers, redirect, signal, keepalive };
  for (const name of SHARED) init[name] = request[name];
  const changes = membersOf(given);
  if (Object.keys(changes).length === 0) for (const name of REFERRER) init[name] = request[name];
  return Object.assign(init, changes);
}

/**
 * The body of a Request, which is a stream whatever it was made of. What was made of text or bytes is read, so that it goes
 * out with its length and can go out once more; what was a stream stays one.
 */
export async function bodyOf(request: Request): Promise<Pick<RequestInit, 'body' | 'duplex'>> {
  if (request.bodyUsed) throw new TypeError('The body of the Request has been used before.');
  const copy = copyOf(request);
  // Read only now: the copy has put another stream in its place. From here on it counts as used.
  const body = request.body as ReadableStream<Uint8Array<ArrayBuffer>>;
  if (copy === undefined) return { body: body.pipeThrough(new TransformStream()), duplex: 'half' };
  const [bytes] = await Promise.all([copy.arrayBuffer(), body.cancel()]);
  return { body: bytes };
}

/** A copy of a Request that was made of text or bytes: the standard allows the mode `no-cors` to no stream. */
function copyOf(request: Request): Request | undefined {
  const clone = request.clone();
  try {
    return new (request.constructor as typeof Request)(clone, { method: 'POST', mode: 'no-cors' });
  } catch {
    // Else the clone would keep all that is sent.
    clone.body?.cancel().catch(() => {});
    return undefined;
  }
}
