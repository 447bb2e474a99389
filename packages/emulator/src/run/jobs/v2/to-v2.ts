import type { Project } from '../../../identity/project.ts';
import type { Condition } from '../../services/knative.ts';
import { more, present, usersOwn, v1 } from '../../services/v2/annotations.ts';
import { conditionToV2, containerToV2, etagOf, filled } from '../../services/v2/to-v2.ts';
import {
  type ExecutionTemplate,
  jobAnnotation,
  type KnativeExecution,
  type KnativeJob,
  type KnativeTask,
  label,
  type TaskSpec,
} from '../knative-job.ts';

type Fields = Record<string, unknown>;
type Annotations = Readonly<Record<string, string>>;

/** `projects/P/locations/L/jobs/J` */
export function jobName(name: string, { id, region }: Project): string {
  return `projects/${id}/locations/${region}/jobs/${name}`;
}

/** A job as the v2 API shows it. @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs#Job */
export function jobToV2({ metadata, spec, status }: KnativeJob, project: Project): Fields {
  const { annotations } = metadata;
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const latest = status.latestCreatedExecution;
  return present<unknown>({
    name: jobName(metadata.name, project),
    uid: metadata.uid,
    generation: `${metadata.generation}`,
    labels: filled(usersOwn(metadata.labels)),
    annotations: filled(usersOwn(annotations)),
    createTime: metadata.creationTimestamp,
    updateTime: ready?.lastTransitionTime,
    creator: annotations[jobAnnotation.creator],
    lastModifier: annotations[jobAnnotation.lastModifier],
    client: annotations[v1.client],
    clientVersion: annotations[v1.clientVersion],
    launchStage: annotations[v1.launchStage] ?? 'GA',
    template: templateToV2(spec.template),
    ...more(annotations),
    observedGeneration: `${status.observedGeneration}`,
    terminalCondition: ready && conditionToV2(ready),
    conditions: others(status.conditions, 'Ready'),
    executionCount: status.executionCount || undefined,
    latestCreatedExecution:
      latest &&
      present<unknown>({
        name: latest.name,
        createTime: latest.creationTimestamp,
        completionTime: latest.completionTimestamp,
        completionStatus: latest.completionStatus,
      }),
    etag: etagOf(metadata),
  });
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs.executions#Execution */
export function executionToV2({ metadata, spec, status }: KnativeExecution, project: Project): Fields {
  const { runningCount, succeededCount, failedCount, cancelledCount, retriedCount } = status;
  const job = metadata.labels[label.job] ?? '';
  return present<unknown>({
    name: `${jobName(job, project)}/executions/${metadata.name}`,
    uid: metadata.uid,
    creator: metadata.annotations[jobAnnotation.creator],
    generation: `${metadata.generation}`,
    labels: filled(usersOwn(metadata.labels)),
    annotations: filled(usersOwn(metadata.annotations)),
    createTime: metadata.creationTimestamp,
    startTime: status.startTime,
    completionTime: status.completionTime,
    updateTime: status.completionTime ?? status.startTime,
    launchStage: 'GA',
    job,
    parallelism: spec.parallelism,
    taskCount: spec.taskCount,
    template: taskToV2(spec.template.spec, metadata.annotations),
    reconciling: status.completionTime === undefined || undefined,
    conditions: status.conditions.map(executionConditionToV2),
    observedGeneration: `${status.observedGeneration}`,
    runningCount,
    succeededCount,
    failedCount,
    cancelledCount,
    retriedCount,
    etag: etagOf(metadata),
  });
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs.executions.tasks#Task */
export function taskObjectToV2({ metadata, spec, status }: KnativeTask, project: Project): Fields {
  const job = metadata.labels[label.job] ?? '';
  const execution = metadata.labels[label.execution] ?? '';
  const { lastAttemptResult } = status;
  return present<unknown>({
    ...taskToV2(spec, metadata.annotations),
    name: `${jobName(job, project)}/executions/${execution}/tasks/${metadata.name}`,
    uid: metadata.uid,
    generation: `${metadata.generation}`,
    createTime: metadata.creationTimestamp,
    startTime: status.startTime,
    completionTime: status.completionTime,
    job,
    execution,
    conditions: status.conditions.map(executionConditionToV2),
    observedGeneration: `${status.observedGeneration}`,
    index: status.index || undefined,
    retried: status.retried,
    lastAttemptResult,
    etag: etagOf(metadata),
  });
}

function templateToV2({ metadata, spec }: ExecutionTemplate): Fields {
  return present<unknown>({
    labels: filled(usersOwn(metadata?.labels)),
    annotations: filled(usersOwn(metadata?.annotations)),
    parallelism: spec.parallelism || undefined,
    taskCount: spec.taskCount,
    template: taskToV2(spec.template.spec, metadata?.annotations),
  });
}

function taskToV2(spec: TaskSpec, annotations: Annotations = {}): Fields {
  const environment = annotations[v1.executionEnvironment];
  return present<unknown>({
    containers: spec.containers.map((container) => withoutCpuIdle(containerToV2(container))),
    maxRetries: spec.maxRetries,
    timeout: `${spec.timeoutSeconds ?? 600}s`,
    serviceAccount: spec.serviceAccountName,
    executionEnvironment: `EXECUTION_ENVIRONMENT_${(environment ?? 'gen2').toUpperCase()}`,
    ...more(annotations),
  });
}

/** A job has its CPU at all times. */
function withoutCpuIdle(container: Fields): Fields {
  const { cpuIdle: _, ...resources } = container.resources as Fields;
  return { ...container, resources };
}

function executionConditionToV2({ reason = '', ...condition }: Condition): object {
  const executionReason = { NonZeroExitCode: 'NON_ZERO_EXIT_CODE', Cancelled: 'CANCELLED' }[reason];
  return { ...conditionToV2(condition), ...(executionReason === undefined ? {} : { executionReason }) };
}

function others(conditions: readonly Condition[], terminal: string): object[] {
  return conditions.filter(({ type }) => type !== terminal).map(conditionToV2);
}
