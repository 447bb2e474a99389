/**
 * The verifier as a guard of NestJS, with its decorators.
 *
 * @module
 */
export type { GuardOptions } from './guard/gatekeeper.ts';
export type { RouteCallers } from './guard/route-callers.ts';
export { CallerGuard, Callers, CurrentCaller } from './nest/guard.ts';
