import type { FastifyInstance } from 'fastify';

/** Routes that a part of the cloud answers, with what they need already given to them. */
export type Face = (app: FastifyInstance) => Promise<void>;

/** @example face(stsRoute, { keys, accounts, identityPools, now }) */
export function face<Options>(
  routes: (app: FastifyInstance, options: Options) => Promise<void>,
  options: Options,
): Face {
  return (app) => routes(app, options);
}
