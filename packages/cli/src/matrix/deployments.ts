import type { Calling, Declaration, EdgeLimit, Service } from '@run-edges/edges';
import { regionsOf } from '../deployment/regions.ts';

/** A service in one of its regions. */
export interface Deployment {
  /** The service's own name; with the region behind it where it has several. */
  readonly name: string;
  readonly service: string;
  readonly region: string;
}

/** Where the services of a declaration are. @param region of those that declare none */
export function deploymentsOf({ services }: Declaration, region: string): readonly Deployment[] {
  return services.flatMap((service) => {
    const regions = regionsOf(service, { region });
    return regions.map((one) => ({
      name: regions.length > 1 ? `${service.name} (${one})` : service.name,
      service: service.name,
      region: one,
    }));
  });
}

/**
 * The declaration as if each deployment were a service: an edge to a service in several regions is one to each. Theirs is
 * the same account, so that they call as one.
 */
export function asDeployments(declaration: Declaration, deployments: readonly Deployment[]): Declaration {
  const { services, jobs, workerPools, principals } = declaration;
  const namesOf = (service: string) => deployments.filter((one) => one.service === service).map(({ name }) => name);
  const calling = <T extends Calling>(caller: T): T => ({
    ...caller,
    calls: caller.calls.flatMap(namesOf),
    ...(caller.limits && { limits: limitsOf(caller.limits, namesOf) }),
  });
  return {
    ...declaration,
    services: services.flatMap((service): Service[] =>
      namesOf(service.name).map((name) => ({ ...calling(service), name })),
    ),
    ...(jobs && { jobs: jobs.map(calling) }),
    ...(workerPools && { workerPools: workerPools.map(calling) }),
    ...(principals && { principals: principals.map(calling) }),
  };
}

function limitsOf(
  limits: Readonly<Record<string, EdgeLimit>>,
  namesOf: (service: string) => readonly string[],
): Record<string, EdgeLimit> {
  return Object.fromEntries(
    Object.entries(limits).flatMap(([receiver, limit]) => namesOf(receiver).map((name) => [name, limit] as const)),
  );
}
