import { readSchedule } from '@run-edges/edges';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import type { Dispatcher, StoreWhenNeeded } from '../dispatcher.ts';
import type { SentMessage } from '../pubsub/read-messages.ts';
import type { Kind, NewTask, Outcome, Task, Verdict } from '../task.ts';
import { nextAttempt, type RunPolicy } from './next-attempt.ts';
import { runRequest } from './request.ts';
import type { ScheduledJob, ScheduledJobResources } from './resources.ts';

/** Scheduled jobs, and their next times. */
export interface Scheduler extends ScheduledJobResources {
  /** The job is so from now on, and its next time is planned. */
  put(job: ScheduledJob): ScheduledJob;
  remove(name: string): void;
  /** Runs it now, beside its schedule. */
  run(job: ScheduledJob): ScheduledJob;
  /** When it runs next: milliseconds since the epoch; undefined where it does not. */
  nextTime(job: ScheduledJob): number | undefined;
  /** Plans the next times anew: runs that nobody was there for are not made up. */
  plan(): void;
  readonly kind: Kind;
}

export interface SchedulerOptions {
  readonly resources: ScheduledJobResources;
  readonly store: StoreWhenNeeded;
  readonly dispatcher: Pick<Dispatcher, 'add' | 'force'>;
  /** Publishes for jobs whose target is a topic. */
  readonly publish: (topic: string, messages: readonly SentMessage[]) => unknown;
  readonly millis: () => number;
}

/** A run, as it is kept. */
interface RunBody {
  /** Milliseconds since the epoch. */
  readonly scheduleTime: number;
  /** Beside the schedule: none comes of it. */
  readonly forced?: true;
}

export function createScheduler({ resources, store, dispatcher, publish, millis }: SchedulerOptions): Scheduler {
  const { jobs } = resources;
  const planned = (job: string) => (store.known()?.list(job) ?? []).find(({ body }) => !(body as RunBody).forced);

  function unplan(job: string): void {
    const before = planned(job);
    if (before !== undefined) store.get().remove(before);
  }

  function planNext(job: ScheduledJob): void {
    unplan(job.name);
    const next = nextTasks(job, millis());
    if (next.length > 0) dispatcher.add(next);
  }

  return {
    ...resources,
    put(job) {
      const kept = jobs.put(job);
      planNext(job);
      return kept;
    },
    remove(name) {
      jobs.remove(name);
      store.known()?.purge(name);
    },
    run(job) {
      const now = millis();
      const body: RunBody = { scheduleTime: now, forced: true };
      const name = `${job.name}@${new Date(now).toISOString()}`;
      dispatcher.add([{ sender: job.name, name, key: '', due: now, createdAt: now, body }]);
      return job;
    },
    nextTime: ({ name }) => planned(name)?.due,
    plan() {
      for (const job of jobs.list()) {
        const before = planned(job.name);
        // What was begun is ended.
        if (before === undefined || before.attempts === 0) planNext(job);
      }
    },
    kind: {
      limits: (name) => (jobs.find(name) === undefined ? undefined : { paused: false, concurrent: 1 }),
      request,
      after,
    },
  };

  function request(task: Task) {
    const job = jobs.find(task.sender);
    const { scheduleTime } = task.body as RunBody;
    if (job === undefined) return undefined;
    if (job.httpTarget !== undefined) return runRequest({ ...job, httpTarget: job.httpTarget }, scheduleTime);
    return after(task, { status: publishFor(job), reason: '', trace: '', retryAfter: undefined }, millis());
  }

  /** What Google would have been answered. */
  function publishFor({ pubsubTarget }: ScheduledJob): number {
    const { topicName = '', data = '', attributes = {} } = pubsubTarget ?? {};
    try {
      publish(topicName, [{ data, attributes, orderingKey: '' }]);
      return 200;
    } catch (error) {
      return error instanceof GoogleError && error.status === 'NOT_FOUND' ? 404 : 503;
    }
  }

  function after(task: Task, outcome: Outcome, now: number): Verdict {
    const job = jobs.find(task.sender);
    if (job === undefined) return { over: 'given up' };
    const code = codeOf(outcome);
    const { status: _status, ...rest } = job;
    jobs.put({ ...rest, lastAttemptTime: new Date(now).toISOString(), status: code === 0 ? {} : { code } });
    const next = nextAttempt(policyOf(job), { ...task, status: outcome.status, now });
    if (typeof next === 'object') return { retryAt: next.at };
    const { forced } = task.body as RunBody;
    return { over: next === 'done' ? 'delivered' : 'given up', next: forced === true ? [] : nextTasks(job, now) };
  }

  /** Its next run; none where it is paused. */
  function nextTasks(job: ScheduledJob, now: number): NewTask[] {
    if (job.state === 'PAUSED') return [];
    const due = readSchedule(job.schedule, job.timeZone).next(now);
    if (due === undefined) return [];
    const name = `${job.name}@${new Date(due).toISOString()}`;
    const body: RunBody = { scheduleTime: due };
    return [{ sender: job.name, name, key: '', due, createdAt: now, body }];
  }
}

function policyOf({ retryConfig }: ScheduledJob): RunPolicy {
  const { retryCount = 0, maxRetryDuration, minBackoffDuration, maxBackoffDuration, maxDoublings } = retryConfig;
  const of = (duration: string) => readDuration(duration) ?? 0;
  return {
    retryCount,
    maxRetryDuration: of(maxRetryDuration),
    minBackoff: of(minBackoffDuration),
    maxBackoff: of(maxBackoffDuration),
    maxDoublings,
  };
}

/** Codes of google.rpc, by the status that a receiver answered with. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 10,
  429: 8,
  501: 12,
  503: 14,
  504: 4,
};
const UNKNOWN = 2;
const INTERNAL = 13;
const UNAVAILABLE = 14;

function codeOf({ status }: Outcome): number {
  if (status >= 200 && status < 300) return 0;
  if (status === 0) return UNAVAILABLE;
  return CODES[status] ?? (status >= 500 ? INTERNAL : UNKNOWN);
}
