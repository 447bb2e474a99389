import type { Declaration } from '@run-edges/edges';
import type { RunJobs } from '../run/jobs/jobs.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import type { ContainerState } from '../run/runtime/container.ts';
import type { RunWorkerPools } from '../run/worker-pools/worker-pools.ts';
import type { Missing, Readiness } from '../watch/routes/ready-route.ts';

export interface ReadinessOptions {
  /** What is there because it is declared; in an empty project nothing is. */
  readonly declared: () => Pick<Declaration, 'services' | 'jobs' | 'workerPools'>;
  readonly registry: Pick<ServiceRegistry, 'list'>;
  readonly jobs: Pick<RunJobs, 'find'>;
  readonly workerPools: Pick<RunWorkerPools, 'stateOf'>;
  /** Whether what is declared was brought up once. From then on what is not there was deleted, and what is stopped sleeps. */
  readonly started: () => boolean;
}

/** Whether everything that is declared is up, and what is not. */
export function createReadiness({ declared, registry, jobs, workerPools, started }: ReadinessOptions): () => Readiness {
  const serviceState = (name: string) => registry.list().find((one) => one.name === name)?.state;
  const jobState = (name: string) => (jobs.find(name) === undefined ? undefined : 'ready');

  return () => {
    const all = declared();
    const missing = [
      ...missingOf('service', all.services, serviceState),
      ...missingOf('job', all.jobs, jobState),
      ...missingOf('workerPool', all.workerPools, workerPools.stateOf),
    ];
    return { ready: started() && missing.length === 0, missing };
  };

  function missingOf(
    kind: Missing['kind'],
    workloads: readonly { readonly name: string }[] = [],
    stateOf: (name: string) => ContainerState | undefined,
  ): Missing[] {
    return workloads.flatMap(({ name }) => {
      const state = stateOf(name) ?? (started() ? 'ready' : 'starting');
      return state === 'ready' || (state === 'stopped' && started()) ? [] : [{ name, kind, state }];
    });
  }
}
