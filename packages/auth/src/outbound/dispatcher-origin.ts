import type { Dispatcher } from 'undici';
import type { Receiver } from './receiver.ts';

/**
 * Where a dispatcher sends every request, whatever the request says: the origin of a Client or Pool. `null`: to several
 * (BalancedPool). `undefined`: where the request says (Agent, ProxyAgent), or the dispatcher is older than undici 8.12,
 * which first tells interceptors.
 */
export type DispatcherOrigin = string | null | undefined;

/** Where `fetch` finds the dispatcher of the process: that of Node 22 to 24, and that of undici 8. */
export const GLOBAL_DISPATCHERS: readonly [symbol, symbol] = [
  Symbol.for('undici.globalDispatcher.1'),
  Symbol.for('undici.globalDispatcher.2'),
];

/** Asks a dispatcher as its interceptors learn it. */
export function originOf(dispatcher: Dispatcher): DispatcherOrigin {
  let told: DispatcherOrigin;
  dispatcher.compose((dispatch: Dispatcher.Dispatch, origin?: DispatcherOrigin) => {
    told = origin;
    // undici 6 wants a function of two.
    return (options, handler) => dispatch(options, handler);
  });
  return told;
}

/** Says where a dispatcher sends when that is not where the receiver is: a token must not go there. */
export function elsewhere(origin: DispatcherOrigin, receiver: Receiver): string | undefined {
  if (origin === undefined || origin === receiver.origin) return undefined;
  return `The dispatcher sends to ${origin ?? 'several origins'}, and not to ${receiver.origin}.`;
}
