import { EMAILS } from '../inbound/options.ts';
import { check } from '../options.ts';
import { createGatekeeper, type Gatekeeper, type GuardOptions } from './gatekeeper.ts';

/** A guard of some framework, with what each of them can do beside guarding. */
export type Guarded<Guard> = Guard & {
  /**
   * A guard that lets in some of the `allowedCallers` alone, by their e-mail addresses: for a route. Throws a `ConfigError`
   * when they are none.
   */
  readonly only: (callers: readonly string[]) => Guarded<Guard>;
  /** Fetches the issuer's keys ahead of the first request. Rejects with a `CallerError` when they cannot be had. */
  readonly prefetch: () => Promise<void>;
};

/** Makes a guard of a framework. @param make makes the function for these callers, or for all that are allowed */
export function guarded<Guard extends object>(
  options: GuardOptions,
  make: (keeper: Gatekeeper, callers?: ReadonlySet<string>) => Guard,
): Guarded<Guard> {
  const keeper = createGatekeeper(options);
  const guardFor = (callers?: ReadonlySet<string>): Guarded<Guard> =>
    Object.assign(make(keeper, callers), {
      only: (list: readonly string[]) => guardFor(new Set(check(list, 'callers', EMAILS))),
      prefetch: keeper.prefetch,
    });
  return guardFor();
}
