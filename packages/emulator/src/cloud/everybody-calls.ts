import type { Calling, Declaration } from '@run-edges/edges';

const known = new WeakMap<Declaration, Declaration>();

/**
 * The same declaration, as if every caller had an edge to every receiver but itself: what is told by it are the URLs of
 * all, and that all may call. No policy is made of it.
 */
export function everybodyCalls(declaration: Declaration): Declaration {
  const before = known.get(declaration);
  if (before !== undefined) return before;
  const { services, jobs, workerPools, principals, external = [] } = declaration;
  const receivers = [...services, ...external].map(({ name }) => name);
  const calling = <T extends Calling>({ limits: _, ...caller }: T) => ({
    ...caller,
    calls: receivers.filter((name) => name !== caller.name),
  });
  const all: Declaration = {
    ...declaration,
    services: services.map(calling),
    ...(jobs && { jobs: jobs.map(calling) }),
    ...(workerPools && { workerPools: workerPools.map(calling) }),
    ...(principals && { principals: principals.map(calling) }),
  };
  known.set(declaration, all);
  return all;
}
