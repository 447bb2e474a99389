/**
 * The verifier as middleware of Koa.
 *
 * @module
 */
export type { GuardOptions } from './guard/gatekeeper.ts';
export type { Guarded } from './guard/guarded.ts';
export { type CallerState, callerAuth, type KoaGuard } from './koa/guard.ts';
