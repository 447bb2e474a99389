import type { Attempt, TaskRun } from './task-run.ts';

export interface ExecutionPlan {
  readonly taskCount: number;
  /** Tasks at once. */
  readonly parallelism: number;
  /** How often a failed task is tried again. */
  readonly maxRetries: number;
}

export interface RunExecutionOptions {
  /** Runs one try of a task; the signal asks it to end. */
  readonly attempt: (index: number, attempt: number, cancelled: AbortSignal) => Promise<Attempt>;
  /** Aborting it cancels the execution. */
  readonly cancelled: AbortSignal;
  readonly onTask: (task: TaskRun) => void;
  /** RFC 3339. */
  readonly now: () => string;
}

/**
 * Carries out an execution: so many tasks at once, each tried again where it fails. With the first task that fails for good
 * the others are cancelled, and the execution has failed. Resolves when every task is over.
 */
export async function runExecution(plan: ExecutionPlan, options: RunExecutionOptions): Promise<void> {
  const { taskCount, parallelism, maxRetries } = plan;
  const { attempt, onTask, now } = options;
  const over = new AbortController();
  const cancelled = AbortSignal.any([options.cancelled, over.signal]);
  let next = 0;

  async function worker(): Promise<void> {
    while (next < taskCount) await runTask(next++);
  }

  async function runTask(index: number): Promise<void> {
    if (cancelled.aborted) return onTask({ index, state: 'Cancelled', retried: 0, completed: now() });
    const started = now();
    for (let retried = 0; ; retried++) {
      onTask({ index, state: 'Running', retried, started });
      const last = await attempt(index, retried, cancelled);
      const task = { index, retried, started, completed: now(), last };
      if (last.ended === 'exited' && last.exitCode === 0) return onTask({ ...task, state: 'Succeeded' });
      if (cancelled.aborted) return onTask({ ...task, state: 'Cancelled' });
      if (retried < maxRetries) continue;
      over.abort();
      return onTask({ ...task, state: 'Failed' });
    }
  }

  await Promise.all(Array.from({ length: Math.min(parallelism, taskCount) }, worker));
}
