import type { RunJobs } from '../../../run/jobs/jobs.ts';
import type { IamPolicyOptions } from '../iam-policies.ts';
import type { RunCallContext } from '../run-call.ts';

/** What calls about jobs, their executions and tasks need. */
export interface JobContext extends RunCallContext, IamPolicyOptions {
  readonly jobs: RunJobs;
}
