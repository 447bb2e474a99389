import { ConfigError } from '../errors.ts';
import { own } from '../own.ts';

/** Who may call a route: a list of e-mail addresses, or anybody without a token. */
export type RouteCallers = readonly string[] | 'unauthenticated';

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** The callers in a route's config as a set, made once for each list. What its prototype says does not count. */
export function readRouteCallers(config: {
  readonly callers?: unknown;
}): ReadonlySet<string> | 'unauthenticated' | undefined {
  const callers = own(config, 'callers');
  if (callers === undefined || callers === 'unauthenticated') return callers;
  if (!Array.isArray(callers) || callers.length === 0 || !callers.every((one) => typeof one === 'string' && one !== ''))
    throw new ConfigError(
      'RUN_AUTH_OPTION_INVALID',
      "A route's config.callers must be a list of e-mail addresses or 'unauthenticated'.",
    );
  const known = sets.get(callers);
  if (known !== undefined) return known;
  const set: ReadonlySet<string> = new Set(callers);
  sets.set(callers, set);
  return set;
}
