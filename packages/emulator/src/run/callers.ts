import type { CallerKind, STRANGER } from '@run-edges/edges';
import type { Principal } from './revisions/principal.ts';

/**
 * A kind of caller: services, the stranger, and whatever else calls with an identity of its own. What a kind tells here is
 * a row of the matrix, a name in decisions, and an environment that `run-edges env` prints.
 */
export interface Callers {
  readonly kind: Exclude<CallerKind, 'principal' | 'sender'> | typeof STRANGER;
  /** Those who can call now, each with its metadata server. */
  principals(): readonly Principal[];
  /** The environment of one's program, besides PORT, PATH and the like. */
  env(principal: Principal): Readonly<Record<string, string>>;
}
