import { readDuration } from '../back-off.ts';
import { targetRequest } from '../http-target.ts';
import type { Outgoing } from '../task.ts';
import type { ScheduledJob } from './resources.ts';

/**
 * A run's request. Its time stays the same over retries: receivers tell by it what they have done.
 * @param scheduleTime milliseconds since the epoch
 * @see https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#HttpTarget
 */
export function runRequest(
  { name, httpTarget, attemptDeadline }: ScheduledJob & { readonly httpTarget: object },
  scheduleTime: number,
): Outgoing {
  const { uri, headers = {}, ...rest } = httpTarget as NonNullable<ScheduledJob['httpTarget']>;
  const named = Object.keys(headers).some((one) => one.toLowerCase() === 'content-type');
  const own = {
    ...(rest.body === undefined || named ? {} : { 'content-type': 'application/octet-stream' }),
    'user-agent': 'Google-Cloud-Scheduler',
    'x-cloudscheduler': 'true',
    'x-cloudscheduler-jobname': name.slice(name.lastIndexOf('/') + 1),
    'x-cloudscheduler-scheduletime': new Date(scheduleTime).toISOString(),
  };
  return targetRequest({ url: uri, headers, ...rest }, own, readDuration(attemptDeadline) ?? 0);
}
