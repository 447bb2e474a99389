import type { Caller } from '../caller.ts';
import { publish } from '../diagnostics.ts';
import type { CallerError } from '../errors.ts';
import { EMAILS } from '../inbound/options.ts';
import { callerRefused } from '../inbound/verifier.ts';
import { check, type Rule } from '../options.ts';

/** Who may call a route: a list of e-mail addresses, or anybody without a token. */
export type RouteCallers = readonly string[] | 'unauthenticated';

const CALLERS: Rule<readonly string[]> = { ...EMAILS, must: `${EMAILS.must}; or 'unauthenticated'` };

const sets = new WeakMap<object, ReadonlySet<string>>();

/**
 * The callers of a route as a set, made once for each list.
 *
 * @throws ConfigError
 */
export function readRouteCallers(callers: unknown): ReadonlySet<string> | 'unauthenticated' | undefined {
  if (callers === undefined || callers === 'unauthenticated') return callers;
  const known = sets.get(callers as object);
  if (known !== undefined) return known;
  const set: ReadonlySet<string> = new Set(check(callers, "A route's callers", CALLERS));
  sets.set(callers as object, set);
  return set;
}

/** The error for a caller who may call the service, but not this route; the channel is told. */
export function notOfThese(caller: Caller): CallerError {
  const error = callerRefused(caller);
  publish('run-edges:auth:caller-refused', { code: error.code, token: error.token });
  return error;
}
