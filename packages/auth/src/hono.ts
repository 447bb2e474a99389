/**
 * The verifier as middleware of Hono.
 *
 * @module
 */
export type { GuardOptions } from './guard/gatekeeper.ts';
export type { Guarded } from './guard/guarded.ts';
export { type CallerVariables, callerAuth, type HonoGuard } from './hono/guard.ts';
