import { randomInt } from 'node:crypto';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import type { Dispatcher, StoreWhenNeeded } from '../dispatcher.ts';
import type { Kind, Outcome, Task, Verdict } from '../task.ts';
import { nextAttempt, type TaskPolicy } from './next-attempt.ts';
import type { TaskBody } from './read-task.ts';
import { taskRequest } from './request.ts';
import type { Queue, QueueResources } from './resources.ts';

/** Queues, and the tasks in them. */
export interface Tasks extends QueueResources {
  /** Kept when this returns. @throws GoogleError ALREADY_EXISTS also for a name that was used within the hour */
  create(queue: Queue, name: string | undefined, task: TaskBody): Task;
  find(queue: string, name: string): Task | undefined;
  /** In the order in which they are due. */
  list(queue: string): readonly Task[];
  remove(task: Task): void;
  /** Delivers it now, whether the queue is paused or not. */
  run(task: Task): void;
  purge(queue: Queue): Queue;
  pause(queue: Queue, paused: boolean): Queue;
  /** @throws GoogleError FAILED_PRECONDITION for a name that was deleted too recently */
  checkName(name: string): void;
  removeQueue(name: string): void;
  readonly kind: Kind;
}

export interface TasksOptions {
  readonly resources: QueueResources;
  readonly store: StoreWhenNeeded;
  readonly dispatcher: Pick<Dispatcher, 'add' | 'force' | 'wake'>;
  readonly millis: () => number;
}

/** So long nobody may use the name of a task again. */
const NAME_BLOCKED = 3_600_000;
/** And that of a queue. */
const QUEUE_BLOCKED = 3 * 86_400_000;

export function createTasks({ resources, store, dispatcher, millis }: TasksOptions): Tasks {
  const { queues, deleted } = resources;
  const find = (queue: string, name: string) => store.known()?.find(queue, name);

  /** Nobody may use its name again for a time. */
  function block({ name, body }: Task): void {
    if ((body as TaskBody).named) store.get().block(name, millis() + NAME_BLOCKED);
  }

  return {
    ...resources,
    create(queue, given, body) {
      const name = given ?? `${queue.name}/tasks/${randomInt(1e9, 9e9)}${randomInt(1e9, 9e9)}`;
      const now = millis();
      if (find(queue.name, name) !== undefined)
        throw new GoogleError('ALREADY_EXISTS', 'Requested entity already exists');
      if (given !== undefined && store.get().isBlocked(name, now))
        throw new GoogleError(
          'ALREADY_EXISTS',
          'The task cannot be created because a task with this name existed too recently. For more information about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create#body.request_body.FIELDS.task.',
        );
      dispatcher.add([{ sender: queue.name, name, key: '', due: body.scheduleTime, createdAt: now, body }]);
      return find(queue.name, name) as Task;
    },
    find,
    list: (queue) => store.known()?.list(queue) ?? [],
    remove(task) {
      block(task);
      store.get().remove(task);
    },
    run: dispatcher.force,
    purge(queue) {
      for (const task of store.known()?.list(queue.name) ?? []) block(task);
      store.known()?.purge(queue.name);
      return queues.put({ ...queue, purgeTime: new Date(millis()).toISOString() });
    },
    pause(queue, paused) {
      dispatcher.wake();
      return queues.put({ ...queue, state: paused ? 'PAUSED' : 'RUNNING' });
    },
    checkName(name) {
      const at = deleted.get(name);
      if (at === undefined || millis() - at >= QUEUE_BLOCKED) return;
      throw new GoogleError(
        'FAILED_PRECONDITION',
        'The queue cannot be created because a queue with this name existed too recently.',
      );
    },
    removeQueue(name) {
      deleted.set(name, millis());
      queues.remove(name);
      store.known()?.purge(name);
    },
    kind: { limits, request: taskRequest, after },
  };

  function limits(name: string) {
    const queue = queues.find(name);
    if (queue === undefined) return undefined;
    const { maxConcurrentDispatches: concurrent, maxDispatchesPerSecond: perSecond } = queue.rateLimits;
    return { paused: queue.state === 'PAUSED', concurrent, perSecond };
  }

  function after(task: Task, { status, retryAfter }: Outcome, now: number): Verdict {
    const queue = queues.find(task.sender);
    if (queue === undefined) return { over: 'given up' };
    const next = nextAttempt(policyOf(queue), { ...task, status, retryAfter, now });
    if (typeof next === 'object') return { retryAt: next.at };
    block(task);
    return { over: next === 'done' ? 'delivered' : 'given up' };
  }
}

function policyOf({ retryConfig }: Queue): TaskPolicy {
  const { maxAttempts, maxRetryDuration, minBackoff, maxBackoff, maxDoublings } = retryConfig;
  const of = (duration: string | undefined) => readDuration(duration) ?? 0;
  return {
    maxAttempts,
    maxRetryDuration: of(maxRetryDuration),
    minBackoff: of(minBackoff),
    maxBackoff: of(maxBackoff),
    maxDoublings,
  };
}
