import { type Declaration, serviceAccountEmail, type Workload } from '@run-edges/edges';
import { updateJob, updateWorkerPool } from '../deployment/commands.ts';
import { howToDeploy, makerOf } from '../deployment/maker.ts';
import type { Command } from '../gcloud/command.ts';
import type { Row } from './row.ts';
import type { Seen, SeenWorkload } from './seen.ts';

interface Kind {
  readonly path: 'job' | 'workerPool';
  /** As a sentence names it. */
  readonly what: string;
  update(name: string, flag: string, at: { project: string; region: string }): Command;
}

const JOB: Kind = { path: 'job', what: 'the job', update: updateJob };
const WORKER_POOL: Kind = { path: 'workerPool', what: 'the worker pool', update: updateWorkerPool };

/** Jobs and worker pools have no address to be invoked at; what counts is that they are there, and run as themselves. */
export function workloadRows(declaration: Declaration, seen: Seen): readonly Row[] {
  const { jobs = [], workerPools = [] } = declaration;
  return [
    ...jobs.flatMap((job) => rowsOf(JOB, job, seen.jobs, declaration, seen)),
    ...workerPools.flatMap((pool) => rowsOf(WORKER_POOL, pool, seen.workerPools, declaration, seen)),
  ];
}

function rowsOf(
  { path, what, update }: Kind,
  { name, serviceAccount, regions = [] }: Workload,
  live: readonly SeenWorkload[],
  declaration: Declaration,
  { project, region, services }: Seen,
): readonly Row[] {
  return (regions.length === 0 ? [region] : regions).flatMap((one): Row[] => {
    const at = { project, region: one };
    const here = live.find((workload) => workload.name === name && workload.region === one);
    const several = regions.length > 1;
    const about = {
      service: name,
      ...(several ? { region: one } : {}),
      member: '',
      role: '',
      path,
      on: name,
      state: 'drift',
    } as const;
    const where = several ? `in ${one}: ` : '';
    if (here === undefined)
      return [
        {
          ...about,
          kind: 'not-deployed',
          reason: `${where}${what} ${name} is declared and not deployed`,
          mend: howToDeploy(makerOf(declaration, services), at),
        },
      ];
    const account = serviceAccountEmail(serviceAccount, project);
    if (here.account === account) return [];
    return [
      {
        ...about,
        kind: 'wrong-identity',
        reason: `${where}${what} ${name} runs as ${here.account || "the project's default account"}, not as ${account}`,
        fix: update(name, `--service-account=${account}`, at),
      },
    ];
  });
}
