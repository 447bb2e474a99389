/**
 * The verifier as a guard for Node's own requests.
 *
 * @module
 */
export type { GuardOptions } from './guard/gatekeeper.ts';
export type { Guarded } from './guard/guarded.ts';
export { callerAuth, type NodeGuard } from './node/guard.ts';
export type { NodeResponse } from './node/send.ts';
