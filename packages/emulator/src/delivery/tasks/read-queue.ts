import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import { GoogleError, invalidField } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import { anything, message, number, text, whole } from '../shapes.ts';
import type { Queue } from './resources.ts';

export interface SentQueue {
  readonly name?: string;
  readonly rateLimits?: Partial<Queue['rateLimits']>;
  readonly retryConfig?: Partial<Queue['retryConfig']>;
  readonly state?: string;
}

const shape = shapeCheck<SentQueue>(
  message({
    name: text,
    rateLimits: message({ maxDispatchesPerSecond: number, maxBurstSize: whole, maxConcurrentDispatches: whole }),
    retryConfig: message({
      maxAttempts: whole,
      maxRetryDuration: text,
      minBackoff: text,
      maxBackoff: text,
      maxDoublings: whole,
    }),
    state: text,
    purgeTime: text,
    stackdriverLoggingConfig: anything,
    httpTarget: anything,
    appEngineRoutingOverride: anything,
  }),
);

/** @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function readQueue(body: unknown): SentQueue {
  const sent = shape(body);
  for (const name of ['httpTarget', 'appEngineRoutingOverride'])
    if (Object.hasOwn(sent, name))
      throw new GoogleError('UNIMPLEMENTED', `${name} of a queue is not emulated by run-edges: nothing was changed.`);
  return sent;
}

/** A queue, with what Google gives one of which nothing is said. @throws GoogleError INVALID_ARGUMENT */
export function completeQueue(
  name: string,
  { rateLimits = {}, retryConfig = {} }: SentQueue,
  state: Queue['state'] = 'RUNNING',
): Queue {
  const perSecond = rateLimits.maxDispatchesPerSecond || 500;
  const concurrent = rateLimits.maxConcurrentDispatches || 1000;
  if (perSecond < 0 || perSecond > 500)
    throw invalidField('queue.rate_limits.max_dispatches_per_second', 'It is a number of at most 500.');
  if (concurrent < 0 || concurrent > 5000)
    throw invalidField('queue.rate_limits.max_concurrent_dispatches', 'It is a whole number of at most 5000.');
  const { maxAttempts = 100, maxRetryDuration, minBackoff = '0.1s', maxBackoff = '3600s' } = retryConfig;
  const { maxDoublings = 16 } = retryConfig;
  if (maxAttempts < -1 || maxAttempts === 0)
    throw invalidField('queue.retry_config.max_attempts', 'It is a whole number from 1 on, or -1 for no limit.');
  if (maxDoublings < 0) throw invalidField('queue.retry_config.max_doublings', 'It is a whole number from 0 on.');
  const min = duration('min_backoff', minBackoff);
  const max = duration('max_backoff', maxBackoff);
  if (min > max) throw invalidField('queue.retry_config.min_backoff', 'It is no more than max_backoff.');
  if (maxRetryDuration !== undefined) duration('max_retry_duration', maxRetryDuration);
  return {
    name,
    rateLimits: {
      maxDispatchesPerSecond: perSecond,
      maxBurstSize: Math.max(1, Math.ceil(perSecond / 5)),
      maxConcurrentDispatches: concurrent,
    },
    retryConfig: {
      maxAttempts,
      ...(maxRetryDuration === undefined || maxRetryDuration === '0s' ? {} : { maxRetryDuration }),
      minBackoff,
      maxBackoff,
      maxDoublings,
    },
    state,
  };
}

function duration(field: string, sent: unknown): number {
  const read = readDuration(sent);
  if (read === undefined || read < 0)
    throw invalidField(`queue.retry_config.${field}`, 'It is a duration such as "10s".');
  return read;
}
