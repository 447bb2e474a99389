import type { Permission } from '../../../iam/roles/permissions.ts';
import type { ProvenPrincipal } from '../../../identity/principals.ts';
import { GoogleError } from '../../../internal/google-api/google-error.ts';
import type { Execution } from '../../../run/jobs/execution.ts';
import type { KnativeJob, KnativeTask } from '../../../run/jobs/knative-job.ts';
import { notFound } from '../../../run/services/run-errors.ts';
import { permit } from '../../http/permit.ts';
import type { JobContext } from './job-context.ts';

/** @throws GoogleError NOT_FOUND */
export function jobNamed(name: string, { jobs, project }: JobContext): KnativeJob {
  const job = jobs.find(name);
  if (job === undefined) throw notFound('JOB', name, project);
  return job;
}

/**
 * An execution, of this job where one is named; who may do this with its job may do it with this.
 * @throws GoogleError NOT_FOUND, PERMISSION_DENIED
 */
export function executionFor(
  name: string,
  { caller, permission, job }: { caller: ProvenPrincipal; permission: Permission; job?: string },
  { jobs, iam, project }: JobContext,
): Execution {
  const execution = jobs.executions.find(name);
  const its = execution?.job ?? job;
  permit(iam, caller, permission, its === undefined ? 'project' : `jobs/${its}`);
  if (execution === undefined || (job !== undefined && execution.job !== job))
    throw notFound('EXECUTION', name, project);
  return execution;
}

/** @param name `EXECUTION-taskN` @throws GoogleError NOT_FOUND, PERMISSION_DENIED */
export function taskFor(name: string, caller: ProvenPrincipal, context: JobContext): KnativeTask {
  const { jobs, iam, project } = context;
  const execution = jobs.executions.find(name.replace(/-task\d+$/, ''));
  permit(iam, caller, 'run.tasks.get', execution === undefined ? 'project' : `jobs/${execution.job}`);
  const task = execution?.tasks().find(({ metadata }) => metadata.name === name);
  if (task === undefined) throw notFound('TASK', name, project);
  return task;
}

/** What is over cannot be cancelled. @throws GoogleError FAILED_PRECONDITION */
export function cancel(execution: Execution): void {
  if (execution.isOver)
    throw new GoogleError('FAILED_PRECONDITION', `Execution '${execution.name}' is over and cannot be cancelled.`);
  execution.cancel();
}
