import { GoogleError } from '../../internal/google-api/google-error.ts';
import { type Execution, type ExecutionOptions, startExecution } from './execution.ts';

/** The runs of jobs: those that are under way, and the newest of those that are over. */
export interface Executions {
  /** Newest first. @param job absent: of all jobs */
  list(job?: string): readonly Execution[];
  find(name: string): Execution | undefined;
  /** How often the job was run since this emulator started. */
  count(job: string): number;
  /** @throws GoogleError RESOURCE_EXHAUSTED */
  start(options: ExecutionOptions): Execution;
  /** Ends it where it runs, and forgets it. */
  remove(name: string): void;
  /** The same for all of a job. */
  removeAll(job: string): void;
  /** Ends those that run. */
  stop(): Promise<void>;
}

const MOST_KEPT = 100;
const MOST_TASKS_KEPT = 20_000;
const MOST_RUNNING = 20;

export function createExecutions(): Executions {
  /** Oldest first. */
  const executions = new Map<string, Execution>();
  /** Also those that were deleted, until they are over. */
  const running = new Set<Execution>();
  const counts = new Map<string, number>();

  function remove(name: string): void {
    executions.get(name)?.cancel();
    executions.delete(name);
  }

  function forgetOldest(): void {
    let tasks = [...executions.values()].reduce((sum, { taskCount }) => sum + taskCount, 0);
    for (const { name, isOver, taskCount } of executions.values()) {
      if (executions.size <= MOST_KEPT && tasks <= MOST_TASKS_KEPT) return;
      if (!isOver) continue;
      executions.delete(name);
      tasks -= taskCount;
    }
  }

  return {
    list: (job) => [...executions.values()].filter((one) => job === undefined || one.job === job).toReversed(),
    find: (name) => executions.get(name),
    count: (job) => counts.get(job) ?? 0,
    start(options) {
      if (running.size >= MOST_RUNNING)
        throw new GoogleError(
          'RESOURCE_EXHAUSTED',
          `${MOST_RUNNING} executions run already: wait for one, or cancel one.`,
        );
      const execution = startExecution(options);
      running.add(execution);
      void execution.over.finally(() => running.delete(execution));
      executions.set(execution.name, execution);
      counts.set(execution.job, (counts.get(execution.job) ?? 0) + 1);
      forgetOldest();
      return execution;
    },
    remove,
    removeAll(job) {
      counts.delete(job);
      for (const execution of executions.values()) if (execution.job === job) remove(execution.name);
    },
    async stop() {
      for (const execution of running) execution.cancel();
      await Promise.all([...running].map(({ over }) => over));
    },
  };
}
