import { containerProblem, NAME_PROBLEM, RESOURCE_NAME, within } from '../services/service-problem.ts';
import type { DesiredJob } from './desired-job.ts';
import type { ExecutionSpec } from './knative-job.ts';

/** Variables that Cloud Run sets in a container of a job. */
const RESERVED = ['JOB', 'EXECUTION', 'TASK_INDEX', 'TASK_ATTEMPT', 'TASK_COUNT'].map((name) => `CLOUD_RUN_${name}`);

const DAYS_7 = 7 * 24 * 3600;

/**
 * Why Cloud Run would refuse this job with INVALID_ARGUMENT, or undefined: the path of a field, a colon and what is wrong
 * with it. Who runs it is asked elsewhere.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.jobs
 */
export function jobProblem({ metadata, spec }: DesiredJob): string | undefined {
  if (!RESOURCE_NAME.test(metadata.name)) return NAME_PROBLEM;
  return executionProblem(spec.template.spec, 'spec.template.spec');
}

/** The same for what is run, where it was overridden. */
export function executionProblem({ taskCount, parallelism, template }: ExecutionSpec, at: string): string | undefined {
  if (!within(taskCount, 1, 10_000)) return `${at}.taskCount: must be from 1 to 10000.`;
  if (!within(parallelism, 0, 10_000)) return `${at}.parallelism: must be from 0 to 10000.`;
  const task = `${at}.template.spec`;
  const { maxRetries, timeoutSeconds, containers } = template.spec;
  if (!within(maxRetries, 0, 10)) return `${task}.maxRetries: must be from 0 to 10.`;
  if (!within(timeoutSeconds, 1, DAYS_7)) return `${task}.timeoutSeconds: must be from 1 to ${DAYS_7}.`;
  const [container, another] = containers;
  if (container === undefined) return `${task}.containers: at least one container is required.`;
  if (another !== undefined) return `${task}.containers: run-edges runs one container for each task, and no sidecars.`;
  const { ports = [], livenessProbe, readinessProbe } = container;
  if (ports.length > 0) return `${task}.containers[0].ports: a job listens on no port.`;
  if (livenessProbe !== undefined || readinessProbe !== undefined)
    return `${task}.containers[0].${livenessProbe === undefined ? 'readinessProbe' : 'livenessProbe'}: is not supported for jobs.`;
  return containerProblem(container, `${task}.containers[0]`, RESERVED);
}
