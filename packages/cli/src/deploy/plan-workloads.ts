import { deployJob, deployService, deployWorkerPool } from '../deployment/commands.ts';
import { DeploymentError } from '../deployment/deployment-error.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import type { Wanted, WantedWorkload } from '../deployment/wanted.ts';
import type { Command } from '../gcloud/command.ts';
import { differences, type Step } from './change.ts';
import type { Found } from './found.ts';

/** One that is there already. */
interface Live {
  readonly name: string;
  readonly region: string;
  readonly managedBy: string;
}

export function serviceSteps({ services, place }: Wanted, found: Found): Step[] {
  return services.flatMap((service) => {
    const live = sameIn(found.services, service);
    return step(differences('service', nameOf('service', service, place), service, live), () =>
      deployService(service, live, { ...place, region: service.region }),
    );
  });
}

export function jobSteps({ jobs, place }: Wanted, found: Found): Step[] {
  return jobs.flatMap((job) => {
    const live = sameIn(found.jobs, job);
    return step(differences('job', nameOf('job', job, place), job, live), () =>
      deployJob(job, live, { ...place, region: job.region }),
    );
  });
}

export function workerPoolSteps({ workerPools, place }: Wanted, found: Found): Step[] {
  return workerPools.flatMap((pool) => {
    const live = sameIn(found.workerPools, pool);
    return step(differences('worker pool', nameOf('worker pool', pool, place), pool, live), () =>
      deployWorkerPool(pool, live, { ...place, region: pool.region }),
    );
  });
}

function step(changes: Step['changes'], command: () => Command): Step[] {
  return changes.length === 0 ? [] : [{ command: command(), changes }];
}

/** The one of that name in that region. */
export function sameIn<T extends Live>(
  live: readonly T[],
  { name, region }: Pick<WantedWorkload, 'name' | 'region'>,
): T | undefined {
  return live.find((one) => one.name === name && one.region === region);
}

/** As a plan names it: with its region, where that is not the one that was asked for. */
export function nameOf(
  kind: string,
  { name, region }: Pick<WantedWorkload, 'name' | 'region'>,
  place: Wanted['place'],
): string {
  return region === place.region ? `${kind} ${name}` : `${kind} ${name} (${region})`;
}

/** @throws DeploymentError when one of the name was made by somebody else */
export function refuseStrangers({ services, jobs, workerPools, place }: Wanted, found: Found): void {
  const taken = [
    ...services.map((one) => sameIn(found.services, one)),
    ...jobs.map((one) => sameIn(found.jobs, one)),
    ...workerPools.map((one) => sameIn(found.workerPools, one)),
  ].find((live) => live !== undefined && live.managedBy !== MANAGED_BY);
  if (taken === undefined) return;
  const owner = taken.managedBy === '' ? 'somebody else' : taken.managedBy;
  throw new DeploymentError(
    `The name is taken: ${taken.name} in ${place.project} was made by ${owner}, not by run-edges.`,
    `${taken.managedBy === 'terraform' ? 'Change it by terraform apply, rename' : 'Rename'} it in the declaration, deploy to another project, or take it over with --adopt.`,
  );
}
