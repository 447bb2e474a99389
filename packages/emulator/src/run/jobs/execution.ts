import { randomInt } from 'node:crypto';
import type { Project } from '../../identity/project.ts';
import type { ObjectMeta } from '../services/knative.ts';
import { newMetadata } from '../services/new-objects.ts';
import { completionStatus, type ExecutionProgress, executionStatus, taskStatus } from './execution-status.ts';
import {
  type CompletionStatus,
  type ExecutionSpec,
  jobAnnotation,
  type KnativeExecution,
  type KnativeJob,
  type KnativeTask,
  label,
} from './knative-job.ts';
import { createOutput, type Output } from './output.ts';
import { runExecution } from './run-execution.ts';
import type { Attempt, TaskRun } from './task-run.ts';

/** One run of a job, under way or over. */
export interface Execution {
  readonly name: string;
  readonly job: string;
  readonly taskCount: number;
  readonly output: Output;
  readonly isOver: boolean;
  readonly status: CompletionStatus;
  shown(): KnativeExecution;
  tasks(): readonly KnativeTask[];
  /** How far each task has come. */
  progress(): readonly TaskRun[];
  /** Asks its tasks to end. */
  cancel(): void;
  /** Resolves when it is over. */
  readonly over: Promise<void>;
}

export interface ExecutionOptions {
  readonly job: KnativeJob;
  /** The job's, with what was overridden. */
  readonly spec: ExecutionSpec;
  /** Who runs it: an e-mail, or a whole member. */
  readonly by: string;
  readonly project: Project;
  /** Runs one try of a task. */
  readonly attempt: (tried: Tried) => Promise<Attempt>;
  readonly onLog: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** One try of a task, and where what it writes goes. */
export interface Tried {
  /** What Cloud Run tells a container of a job. */
  readonly env: Readonly<Record<string, string>>;
  readonly cancelled: AbortSignal;
  readonly onLog: (line: string, stream: 'stdout' | 'stderr') => void;
}

const GROUP = 'run.googleapis.com';

/** Tasks at once on this machine, whatever is asked for: Cloud Run has a bound, too, by quota. */
const MOST_AT_ONCE = 10;

/** Starts a run of a job. */
export function startExecution({ job, spec, by, project, attempt, onLog }: ExecutionOptions): Execution {
  const name = `${job.metadata.name}-${fiveLetters()}`;
  const { taskCount = 1, parallelism = 0 } = spec;
  const { maxRetries = 3 } = spec.template.spec;
  const output = createOutput();
  const cancelling = new AbortController();
  const metadata = metadataOf(name, job, project, by);
  const started = metadata.creationTimestamp;
  const tasks: TaskRun[] = Array.from({ length: taskCount }, (_, index) => ({ index, state: 'Pending', retried: 0 }));
  let metadataOfTasks: readonly ObjectMeta[] | undefined;
  let completed: string | undefined;
  const progress = (): ExecutionProgress => ({ name, tasks, started, completed, cancelled: cancelling.signal.aborted });

  const over = runExecution(
    { taskCount, parallelism: Math.min(parallelism === 0 ? MOST_AT_ONCE : parallelism, MOST_AT_ONCE), maxRetries },
    {
      cancelled: cancelling.signal,
      now,
      onTask(task) {
        tasks[task.index] = task;
      },
      attempt: (index, tries, cancelled) =>
        attempt({
          env: {
            CLOUD_RUN_JOB: job.metadata.name,
            CLOUD_RUN_EXECUTION: name,
            CLOUD_RUN_TASK_INDEX: `${index}`,
            CLOUD_RUN_TASK_ATTEMPT: `${tries}`,
            CLOUD_RUN_TASK_COUNT: `${taskCount}`,
          },
          cancelled,
          onLog(line, stream) {
            output.add({ task: index, attempt: tries, stream, line });
            onLog(line, stream);
          },
        }).catch((error: Error): Attempt => {
          // Nothing is started any more: the emulator is stopping.
          onLog(error.message, 'stderr');
          cancelling.abort();
          return { ended: 'cancelled' };
        }),
    },
  ).then(() => {
    completed = now();
    output.end();
  });

  return {
    name,
    job: job.metadata.name,
    taskCount,
    output,
    over,
    get isOver() {
      return completed !== undefined;
    },
    get status() {
      return completionStatus(progress());
    },
    cancel: () => cancelling.abort(),
    progress: () => [...tasks],
    shown() {
      const servingState = completed === undefined ? { [label.servingState]: 'Active' } : {};
      return {
        apiVersion: 'run.googleapis.com/v1',
        kind: 'Execution',
        metadata: { ...metadata, labels: { ...metadata.labels, ...servingState } },
        spec: { ...spec, taskCount },
        status: executionStatus(progress()),
      };
    },
    tasks() {
      metadataOfTasks ??= tasks.map(({ index }) => newMetadata(GROUP, 'tasks', `${name}-task${index}`, project));
      return metadataOfTasks.map((own, index) => taskObject(own, tasks[index] as TaskRun));
    },
  };

  function taskObject(own: ObjectMeta, task: TaskRun): KnativeTask {
    return {
      apiVersion: 'run.googleapis.com/v1',
      kind: 'Task',
      metadata: {
        ...own,
        generation: 1,
        creationTimestamp: started,
        labels: { ...metadata.labels, [label.execution]: name, [label.runningState]: task.state },
      },
      spec: spec.template.spec,
      status: taskStatus(task, started),
    };
  }
}

function metadataOf(name: string, job: KnativeJob, project: Project, by: string): ObjectMeta {
  const { template } = job.spec;
  return {
    ...newMetadata(GROUP, 'executions', name, project),
    generation: 1,
    labels: {
      ...template.metadata?.labels,
      [label.job]: job.metadata.name,
      [label.jobUid]: job.metadata.uid,
      [label.jobGeneration]: `${job.metadata.generation}`,
      [label.location]: project.region,
    },
    annotations: { ...template.metadata?.annotations, [jobAnnotation.creator]: by },
  };
}

const LETTERS = 'bcdfghjklmnpqrstvwxz23456789';

/** Names of executions end so; without vowels they spell nothing. */
function fiveLetters(): string {
  return Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

function now(): string {
  return new Date().toISOString();
}
