import type { Dispatcher, EnvHttpProxyAgent } from 'undici';
import { GLOBAL_DISPATCHERS } from './dispatcher-origin.ts';

type ProxyAgentClass = new (options: ConstructorParameters<typeof EnvHttpProxyAgent>[0]) => Dispatcher;
type WrapperClass = new (dispatcher: Dispatcher) => Dispatcher;
/** As the `fetch` of Node takes it. */
type NodesDispatcher = RequestInit['dispatcher'];

/** Which of them the `fetch` of Node takes: Node 26 has undici 8 inside. */
const OF_NODE: symbol | undefined = GLOBAL_DISPATCHERS[Number(Number.parseInt(`${process.versions.undici}`, 10) >= 8)];

/** The dispatcher of the process that was looked at last, and what came of it: asked on the way of every call. */
let looked: unknown;
let found: NodesDispatcher;

/**
 * A dispatcher that asks no proxy, where that of the process goes by HTTP_PROXY and its kin: as NODE_USE_ENV_PROXY makes
 * Node's own, or `setGlobalDispatcher(new EnvHttpProxyAgent())` of undici. Of its very class: no other understands who calls
 * it. `undefined` where no proxy is asked anyway, or one was chosen on purpose.
 */
export function withoutProxy(): NodesDispatcher | undefined {
  const inUse: unknown = Reflect.get(globalThis, OF_NODE as symbol);
  if (inUse === looked) return found;
  looked = inUse;
  const made = nameOf(inUse) === 'Dispatcher1Wrapper' ? wrapped(Object(inUse)) : unproxied(Object(inUse));
  found = made as unknown as NodesDispatcher;
  return found;
}

/** undici 8 puts before its own dispatcher one that the `fetch` of Node 24 understands. */
function wrapped(wrapper: object): Dispatcher | undefined {
  const inner = unproxied(Object(Reflect.get(globalThis, GLOBAL_DISPATCHERS[1])));
  return inner && new (wrapper.constructor as WrapperClass)(inner);
}

function unproxied(dispatcher: object): Dispatcher | undefined {
  if (nameOf(dispatcher) !== 'EnvHttpProxyAgent') return undefined;
  return new (dispatcher.constructor as ProxyAgentClass)({ noProxy: '*' });
}

function nameOf(dispatcher: unknown): string | undefined {
  return Object(dispatcher).constructor?.name;
}
