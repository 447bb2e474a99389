import type { Condition } from '../services/knative.ts';
import type { CompletionStatus, ExecutionStatus, KnativeTask } from './knative-job.ts';
import { failureOf, type TaskRun, type TaskState } from './task-run.ts';

/** What there is to say of an execution. Times are RFC 3339. */
export interface ExecutionProgress {
  readonly name: string;
  readonly tasks: readonly TaskRun[];
  readonly started: string;
  readonly completed: string | undefined;
  /** Whether somebody cancelled it. */
  readonly cancelled: boolean;
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.executions#ExecutionStatus */
export function executionStatus(progress: ExecutionProgress): ExecutionStatus {
  const { tasks, started, completed } = progress;
  const among = (state: TaskState) => tasks.filter((task) => task.state === state).length;
  return {
    observedGeneration: 1,
    conditions: [
      completion(progress),
      ...['ResourcesAvailable', 'Started', 'ContainerReady'].map((type) => done(type, started)),
    ],
    startTime: started,
    ...(completed === undefined ? {} : { completionTime: completed }),
    // As in protocol buffers, what is 0 is not shown.
    ...counted({
      runningCount: among('Running'),
      succeededCount: among('Succeeded'),
      failedCount: among('Failed'),
      cancelledCount: among('Cancelled'),
      retriedCount: tasks.filter(({ retried }) => retried > 0).length,
    }),
  };
}

export function completionStatus(progress: ExecutionProgress): CompletionStatus {
  const { status, reason } = completion(progress);
  if (status === 'Unknown') return 'EXECUTION_RUNNING';
  if (status === 'True') return 'EXECUTION_SUCCEEDED';
  return reason === 'Cancelled' ? 'EXECUTION_CANCELLED' : 'EXECUTION_FAILED';
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.tasks#TaskStatus */
export function taskStatus(
  { index, state, retried, started, completed, last }: TaskRun,
  created: string,
): KnativeTask['status'] {
  const since = completed ?? started ?? created;
  const outcome: Omit<Condition, 'type' | 'lastTransitionTime'> =
    state === 'Succeeded'
      ? { status: 'True' }
      : state === 'Failed' || state === 'Cancelled'
        ? {
            status: 'False',
            reason: reasonOf(state),
            message: last === undefined ? 'The task was not started.' : failureOf(last),
          }
        : { status: 'Unknown' };
  return {
    observedGeneration: 1,
    index,
    conditions: [
      { type: 'Completed', ...outcome, lastTransitionTime: since },
      started === undefined
        ? { type: 'Started', status: 'Unknown', lastTransitionTime: created }
        : done('Started', started),
    ],
    ...(started === undefined ? {} : { startTime: started }),
    ...(completed === undefined ? {} : { completionTime: completed }),
    ...(retried === 0 ? {} : { retried }),
    ...(last === undefined ? {} : { lastAttemptResult: resultOf(last) }),
  };
}

function completion({ name, tasks, started, completed, cancelled }: ExecutionProgress): Condition {
  const type = 'Completed';
  if (completed === undefined) return { type, status: 'Unknown', lastTransitionTime: started };
  const failed = tasks.find(({ state }) => state === 'Failed');
  if (failed?.last !== undefined)
    return {
      type,
      status: 'False',
      reason: 'NonZeroExitCode',
      message: `Task ${name}-task${failed.index} failed with message: ${failureOf(failed.last)}`,
      lastTransitionTime: completed,
    };
  if (cancelled)
    return {
      type,
      status: 'False',
      reason: 'Cancelled',
      message: 'The execution was cancelled.',
      lastTransitionTime: completed,
    };
  return { type, status: 'True', message: 'Execution completed successfully.', lastTransitionTime: completed };
}

function reasonOf(state: 'Failed' | 'Cancelled'): string {
  return state === 'Failed' ? 'NonZeroExitCode' : 'Cancelled';
}

/** Codes are those of google.rpc: UNKNOWN, DEADLINE_EXCEEDED, CANCELLED. */
function resultOf(last: NonNullable<TaskRun['last']>): NonNullable<KnativeTask['status']['lastAttemptResult']> {
  if (last.ended === 'exited')
    return last.exitCode === 0
      ? { status: { code: 0 } }
      : { exitCode: last.exitCode, status: { code: 2, message: failureOf(last) } };
  return { status: { code: last.ended === 'timeout' ? 4 : 1, message: failureOf(last) } };
}

function done(type: string, time: string): Condition {
  return { type, status: 'True', lastTransitionTime: time };
}

function counted(counts: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
