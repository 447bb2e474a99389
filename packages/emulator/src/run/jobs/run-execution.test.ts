import { describe, expect, test } from 'vitest';
import { type ExecutionPlan, runExecution } from './run-execution.ts';
import type { Attempt, TaskRun } from './task-run.ts';

const good: Attempt = { ended: 'exited', exitCode: 0 };
const bad: Attempt = { ended: 'exited', exitCode: 1 };
const timeout: Attempt = { ended: 'timeout' };

type How = (index: number, attempt: number, cancelled: AbortSignal) => Attempt | Promise<Attempt>;

async function run(plan: Partial<ExecutionPlan>, how: How, cancelled = new AbortController().signal) {
  const tasks = new Map<number, TaskRun>();
  const tried: string[] = [];
  let running = 0;
  let most = 0;
  await runExecution(
    { taskCount: 1, parallelism: 10, maxRetries: 0, ...plan },
    {
      cancelled,
      now: () => 'now',
      onTask: (task) => tasks.set(task.index, task),
      async attempt(index, attempt, signal) {
        tried.push(`${index}.${attempt}`);
        most = Math.max(most, ++running);
        const ended = await how(index, attempt, signal);
        await Promise.resolve();
        running--;
        return ended;
      },
    },
  );
  const states = [...tasks.values()].sort((one, other) => one.index - other.index).map(({ state }) => state);
  return { tasks, tried, most, states };
}

/** Ends when it is asked to, as a program that hears SIGTERM does. */
const untilCancelled = (signal: AbortSignal) =>
  new Promise<Attempt>((resolve) => {
    const end = () => resolve({ ended: 'cancelled' });
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });

describe('an execution', () => {
  test('runs every task once where all succeed, no more at once than it may', async () => {
    const { tried, most, states } = await run({ taskCount: 5, parallelism: 2 }, () => good);
    expect(tried.sort()).toEqual(['0.0', '1.0', '2.0', '3.0', '4.0']);
    expect(most).toBe(2);
    expect(states).toEqual(Array(5).fill('Succeeded'));
  });

  test('tries a failed task again, and counts it', async () => {
    const { tried, tasks } = await run({ maxRetries: 3 }, (_, attempt) => (attempt < 2 ? bad : good));
    expect(tried).toEqual(['0.0', '0.1', '0.2']);
    expect(tasks.get(0)).toMatchObject({ state: 'Succeeded', retried: 2, last: good });
  });

  test.for([bad, timeout])('gives a task up after its retries: %o', async (ending) => {
    const { tried, tasks } = await run({ maxRetries: 2 }, () => ending);
    expect(tried).toEqual(['0.0', '0.1', '0.2']);
    expect(tasks.get(0)).toMatchObject({ state: 'Failed', retried: 2, last: ending });
  });

  test('without retries a task is tried once', async () => {
    expect((await run({}, () => bad)).tried).toEqual(['0.0']);
  });

  test('cancels the others with the first task that fails for good: those that run, and those that wait', async () => {
    const { tried, states } = await run({ taskCount: 4, parallelism: 2 }, (index, _, signal) =>
      index === 0 ? untilCancelled(signal) : bad,
    );
    expect(tried).toEqual(['0.0', '1.0']);
    expect(states).toEqual(['Cancelled', 'Failed', 'Cancelled', 'Cancelled']);
  });

  test('a task that is good in spite of being cancelled has succeeded', async () => {
    const { states } = await run({ taskCount: 2 }, (index, _, signal) =>
      index === 0 ? untilCancelled(signal).then(() => good) : bad,
    );
    expect(states).toEqual(['Succeeded', 'Failed']);
  });

  test('is not tried again once it is cancelled', async () => {
    const stop = new AbortController();
    const { tried, states } = await run(
      { taskCount: 2, parallelism: 1, maxRetries: 3 },
      async (_, __, signal) => {
        stop.abort();
        return untilCancelled(signal);
      },
      stop.signal,
    );
    expect(tried).toEqual(['0.0']);
    expect(states).toEqual(['Cancelled', 'Cancelled']);
  });

  test('runs nothing where it was cancelled before', async () => {
    const { tried, states } = await run({ taskCount: 3 }, () => good, AbortSignal.abort());
    expect(tried).toEqual([]);
    expect(states).toEqual(Array(3).fill('Cancelled'));
  });
});
