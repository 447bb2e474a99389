import type { Execution } from '../../../run/jobs/execution.ts';
import type { Overrides } from '../../../run/jobs/overrides.ts';
import { type Call, emailOfCaller } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import type { JobContext } from './job-context.ts';

/** Runs a job for who calls. @throws GoogleError PERMISSION_DENIED and the like */
export function runJob(
  { iam, jobs }: JobContext,
  { caller, name }: Call,
  overrides: Overrides | undefined,
): Promise<Execution> {
  permit(iam, caller, overrides === undefined ? 'run.jobs.run' : 'run.jobs.runWithOverrides', `jobs/${name}`);
  return jobs.run(name, emailOfCaller(caller), overrides);
}
