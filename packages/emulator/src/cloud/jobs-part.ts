import type { Declaration } from '@run-edges/edges';
import type { Iam } from '../iam/policies/iam.ts';
import { both } from '../internal/remember.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import { declaredJob } from '../run/jobs/desired-job.ts';
import { createRunJobs, type RunJobs, type RunJobsOptions } from '../run/jobs/jobs.ts';
import { changedJobs, jobsStillGood } from '../run/jobs/saved-jobs.ts';
import type { Declared } from './declared.ts';
import { addressesIn, declaredWorkloads } from './declared-workloads.ts';
import type { Part } from './parts.ts';
import type { SavedState } from './saved-state.ts';

export interface JobsPartOptions extends Omit<RunJobsOptions, 'onChange' | 'onRemoved'> {
  readonly there: Declared['there'];
  /** What jobs are told of it. */
  readonly told: (declaration: Declaration) => Declaration;
  readonly iam: Iam;
  /** Who deploys: an e-mail. */
  readonly owner: string;
  readonly kept: KeptState<SavedState>;
}

/** Jobs: those that are declared are deployed at the start, and none is run. */
export function jobsPart(options: JobsPartOptions): Part & { readonly jobs: RunJobs } {
  const { there, told, project, iam, owner, kept } = options;
  const onRemoved = (name: string) => iam.policies.remove(`jobs/${name}`);
  const jobs = createRunJobs({ ...options, onChange: kept.save, onRemoved });
  const declared = declaredWorkloads({
    there,
    listIn: (declaration) => declaration.jobs,
    desired: (job, declaration) => declaredJob(job, project, addressesIn(declaration, project), told(declaration)),
    deployments: jobs,
    ready: async () => undefined,
    by: owner,
    onGone: onRemoved,
  });
  const { follow } = declared;
  return { jobs, callers: jobs, start, follow, stop: jobs.stop, close: jobs.close };

  /** What is declared, but for what was changed or deleted since, and what else was deployed before. */
  async function start(): Promise<void> {
    const saved = jobsStillGood(kept.saved?.jobs ?? [], declared.all);
    for (const { name, deployed } of saved) {
      if (deployed === null) onRemoved(name);
      else await jobs.restore(deployed);
    }
    for (const job of declared.all.values())
      if (!saved.some(({ name }) => name === job.name)) await declared.deploy(job);
    const save = () => changedJobs(jobs, declared.all, declared.isAsDeclared);
    kept.keep({ name: 'jobs', save, remember: () => both(jobs.remember(), declared.remember()) });
  }
}
