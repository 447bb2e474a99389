/**
 * The verifier as a Fastify plugin.
 *
 * @module
 */
export { type CallerAuthOptions, callerAuth } from './fastify/plugin.ts';
export type { Refusals } from './fastify/reply.ts';
export type { RouteCallers } from './guard/route-callers.ts';
