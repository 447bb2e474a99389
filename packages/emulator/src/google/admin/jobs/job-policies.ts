import { notFound } from '../../../run/services/run-errors.ts';
import type { Call } from '../../http/call.ts';
import { createIamPolicies, type Target } from '../iam-policies.ts';
import type { JobContext } from './job-context.ts';

/** The methods about a job's policy, or undefined where the call names none of them. */
export function jobPolicies(context: JobContext): (call: Call) => object | undefined {
  const { jobs, project } = context;
  const policies = createIamPolicies(context);
  const named = (name: string): Target => ({ resource: `jobs/${name}`, permissions: 'run.jobs' });
  const find = (name: string) => {
    if (jobs.find(name) === undefined) throw notFound('JOB', name, project);
    return named(name);
  };
  return (call) => policies.answer(call, find, named);
}
