import { type Declaration, deterministicUrl } from '@run-edges/edges';
import type { Iam } from '../iam/policies/iam.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import { declaredJob } from '../run/jobs/desired-job.ts';
import { createRunJobs, type RunJobs, type RunJobsOptions } from '../run/jobs/jobs.ts';
import { changedJobs, jobsStillGood } from '../run/jobs/saved-jobs.ts';
import type { Part } from './parts.ts';
import type { SavedState } from './saved-state.ts';

export interface JobsPartOptions extends Omit<RunJobsOptions, 'onChange' | 'onRemoved'> {
  readonly declaration: Declaration;
  /** Whether what is declared is there; in an empty project nothing is. */
  readonly deployed: boolean;
  readonly iam: Iam;
  readonly emailOf: (name: string) => string;
  /** Who deploys: an e-mail. */
  readonly owner: string;
  readonly kept: KeptState<SavedState>;
}

/** Jobs: those that are declared are deployed at the start, and none is run. */
export function jobsPart(options: JobsPartOptions): Part & { readonly jobs: RunJobs } {
  const { declaration, deployed, project, iam, emailOf, owner, kept } = options;
  const onRemoved = (name: string) => iam.policies.remove(`jobs/${name}`);
  const jobs = createRunJobs({ ...options, onChange: kept.save, onRemoved });
  return { jobs, callers: jobs, start, stop: jobs.stop, close: jobs.close };

  /** What is declared, but for what was changed or deleted since, and what else was deployed before. */
  async function start(): Promise<void> {
    const declared = new Map((deployed ? (declaration.jobs ?? []) : []).map((job) => [job.name, job]));
    const saved = jobsStillGood(kept.saved?.jobs ?? [], declared);
    const addresses = { urlOf: (name: string) => deterministicUrl(name, project), emailOf };
    for (const { name, deployed } of saved) {
      if (deployed === null) onRemoved(name);
      else await jobs.restore(deployed);
    }
    for (const job of declared.values())
      if (!saved.some(({ name }) => name === job.name))
        await jobs.create(declaredJob(job, project, addresses, declaration), { by: owner });
    kept.keep({ name: 'jobs', save: () => changedJobs(jobs, declared), remember: jobs.remember });
  }
}
