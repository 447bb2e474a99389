/**
 * The verifier as middleware of Express 5.
 *
 * @module
 */
export { callerAuth, type ExpressGuard } from './express/guard.ts';
export type { GuardOptions } from './guard/gatekeeper.ts';
export type { Guarded } from './guard/guarded.ts';
