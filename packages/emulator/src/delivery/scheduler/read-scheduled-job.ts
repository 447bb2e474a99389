import { readSchedule } from '@run-edges/edges';
import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import { GoogleError, invalidField } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import type { FindGate } from '../gates.ts';
import { httpTargetFields, readHttpTarget } from '../http-target.ts';
import { readMessages } from '../pubsub/read-messages.ts';
import { anything, message, text, texts, whole } from '../shapes.ts';
import type { ScheduledJob } from './resources.ts';

export type SentScheduledJob = Partial<Omit<ScheduledJob, 'httpTarget' | 'retryConfig' | 'pubsubTarget'>> & {
  readonly httpTarget?: Partial<NonNullable<ScheduledJob['httpTarget']>>;
  readonly pubsubTarget?: Partial<NonNullable<ScheduledJob['pubsubTarget']>>;
  readonly retryConfig?: Partial<ScheduledJob['retryConfig']>;
};

const shape = shapeCheck<SentScheduledJob>(
  message({
    name: text,
    description: text,
    schedule: text,
    timeZone: text,
    httpTarget: message({ uri: text, ...httpTargetFields }),
    pubsubTarget: message({ topicName: text, data: text, attributes: texts }),
    retryConfig: message({
      retryCount: whole,
      maxRetryDuration: text,
      minBackoffDuration: text,
      maxBackoffDuration: text,
      maxDoublings: whole,
    }),
    attemptDeadline: text,
    appEngineHttpTarget: anything,
    state: text,
    userUpdateTime: text,
    scheduleTime: text,
    lastAttemptTime: text,
    status: anything,
    satisfiesPzs: anything,
  }),
);

/** @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function readScheduledJob(body: unknown): SentScheduledJob {
  const sent = shape(body);
  if (Object.hasOwn(sent, 'appEngineHttpTarget'))
    throw new GoogleError('UNIMPLEMENTED', 'App Engine targets are not emulated by run-edges: use an HTTP target.');
  return sent;
}

/** A job, with what it has where nothing is said. @throws GoogleError INVALID_ARGUMENT */
export function completeScheduledJob(
  name: string,
  sent: SentScheduledJob,
  findGate: FindGate,
): Omit<ScheduledJob, 'state' | 'userUpdateTime'> {
  const { description, schedule = '', timeZone = 'Etc/UTC', attemptDeadline = '180s' } = sent;
  try {
    readSchedule(schedule, timeZone || 'Etc/UTC');
  } catch (error) {
    throw invalidField('job.schedule', (error as Error).message);
  }
  if ((sent.httpTarget === undefined) === (sent.pubsubTarget === undefined))
    throw invalidField('job.target', 'A job has an http_target or a pubsub_target.');
  within('attempt_deadline', attemptDeadline, 15, 1800);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    schedule,
    timeZone: timeZone || 'Etc/UTC',
    ...httpTarget(sent.httpTarget, findGate),
    ...pubsubTarget(sent.pubsubTarget),
    retryConfig: retryConfig(sent.retryConfig),
    attemptDeadline,
  };
}

function httpTarget(sent: SentScheduledJob['httpTarget'], findGate: FindGate): Pick<ScheduledJob, 'httpTarget'> {
  if (sent === undefined) return {};
  const { uri = '', ...rest } = sent;
  const { url, ...target } = readHttpTarget({ url: uri, ...rest }, 'job.http_target', 'uri', findGate);
  return { httpTarget: { uri: url, ...target } };
}

function pubsubTarget(sent: SentScheduledJob['pubsubTarget']): Pick<ScheduledJob, 'pubsubTarget'> {
  if (sent === undefined) return {};
  const { topicName = '', data = '', attributes = {} } = sent;
  if (!/^projects\/[^/]+\/topics\/[^/]+$/.test(topicName))
    throw invalidField('job.pubsub_target.topic_name', 'It is projects/PROJECT/topics/TOPIC.');
  readMessages([{ data, attributes }]);
  return { pubsubTarget: { topicName, data, attributes } };
}

function retryConfig(sent: SentScheduledJob['retryConfig'] = {}): ScheduledJob['retryConfig'] {
  const { retryCount = 0, maxRetryDuration = '0s', minBackoffDuration = '5s', maxBackoffDuration = '3600s' } = sent;
  const { maxDoublings = 5 } = sent;
  if (retryCount < 0 || retryCount > 5)
    throw invalidField('job.retry_config.retry_count', 'It is a whole number from 0 to 5.');
  if (maxDoublings < 0) throw invalidField('job.retry_config.max_doublings', 'It is a whole number from 0 on.');
  within('retry_config.max_retry_duration', maxRetryDuration, 0, 30 * 86_400);
  const min = within('retry_config.min_backoff_duration', minBackoffDuration, 0, 86_400);
  const max = within('retry_config.max_backoff_duration', maxBackoffDuration, 0, 86_400);
  if (min > max) throw invalidField('job.retry_config', 'The shortest wait is more than the longest.');
  return {
    ...(retryCount === 0 ? {} : { retryCount }),
    maxRetryDuration,
    minBackoffDuration,
    maxBackoffDuration,
    maxDoublings,
  };
}

/** @param least seconds. @returns milliseconds */
function within(field: string, sent: unknown, least: number, most: number): number {
  const read = readDuration(sent);
  if (read === undefined || read < least * 1000 || read > most * 1000)
    throw invalidField(`job.${field}`, `It is a duration from ${least}s to ${most}s.`);
  return read;
}
