import type { Declaration, Workload } from '@run-edges/edges';

/** All that runs in containers: services, jobs and worker pools, each in the order of the file. */
export function workloadsOf({ services, jobs = [], workerPools = [] }: Declaration): readonly Workload[] {
  return [...services, ...jobs, ...workerPools];
}
