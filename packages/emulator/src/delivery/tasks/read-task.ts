import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import { GoogleError, invalidField } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import type { FindGate } from '../gates.ts';
import { type HttpTarget, httpTargetFields, readHttpTarget } from '../http-target.ts';
import { anything, message, text, whole } from '../shapes.ts';

/** A task as it is kept. Milliseconds. */
export interface TaskBody {
  readonly target: HttpTarget;
  readonly dispatchDeadline: number;
  /** Since the epoch. */
  readonly scheduleTime: number;
  /** Whether who made it chose its name, which nobody may choose again soon. */
  readonly named: boolean;
}

interface SentTask {
  readonly name?: string;
  readonly httpRequest?: Record<string, never>;
  readonly scheduleTime?: string;
  readonly dispatchDeadline?: string;
  readonly appEngineHttpRequest?: unknown;
}

const shape = shapeCheck<SentTask>(
  message({
    name: text,
    httpRequest: message({ url: text, ...httpTargetFields }),
    scheduleTime: text,
    dispatchDeadline: text,
    appEngineHttpRequest: anything,
    createTime: anything,
    dispatchCount: whole,
    responseCount: whole,
    firstAttempt: anything,
    lastAttempt: anything,
    view: text,
  }),
);

const SOONEST_DEADLINE = 15_000;
const LATEST_DEADLINE = 30 * 60_000;
const FARTHEST = 30 * 86_400_000;

/**
 * A task that is to be made, and its name in full, or undefined where the queue gives it one.
 * @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED
 */
export function readTask(
  body: unknown,
  queue: string,
  findGate: FindGate,
  now: number,
): { readonly name: string | undefined; readonly task: TaskBody } {
  const { name, httpRequest, scheduleTime, dispatchDeadline, appEngineHttpRequest } = shape(body ?? {});
  if (appEngineHttpRequest !== undefined)
    throw new GoogleError('UNIMPLEMENTED', 'App Engine tasks are not emulated by run-edges: use an HTTP task.');
  if (httpRequest === undefined) throw invalidField('task.http_request', 'A task has an HTTP request.');
  if (
    name !== undefined &&
    !(name.startsWith(`${queue}/tasks/`) && /^[\w-]{1,500}$/.test(name.slice(queue.length + 7)))
  )
    throw invalidField('task.name', `It is ${queue}/tasks/ID, with letters, digits, dashes and underscores.`);
  const target = readHttpTarget(httpRequest, 'task.http_request', 'url', findGate);
  const deadline = dispatchDeadline === undefined ? 600_000 : readDuration(dispatchDeadline);
  if (deadline === undefined || deadline < SOONEST_DEADLINE || deadline > LATEST_DEADLINE)
    throw invalidField('task.dispatch_deadline', 'It is a duration from 15s to 1800s.');
  const due = scheduleTime === undefined ? now : Date.parse(scheduleTime);
  if (Number.isNaN(due)) throw invalidField('task.schedule_time', 'It is a time such as 2030-01-02T03:04:05Z.');
  if (due > now + FARTHEST) throw invalidField('task.schedule_time', 'It is at most 30 days from now.');
  return {
    name,
    task: { target, dispatchDeadline: deadline, scheduleTime: Math.max(due, now), named: name !== undefined },
  };
}
