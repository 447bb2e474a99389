import { backOff } from '../back-off.ts';

/** What a subscription says of messages that were not acknowledged. Milliseconds. */
export interface PushPolicy {
  /** Undefined: push back-off, from 100 ms to a minute. */
  readonly retry: { readonly min: number; readonly max: number } | undefined;
  /** After so many deliveries a message goes to the dead letters; undefined: there are none. */
  readonly maxDeliveryAttempts: number | undefined;
  /** So long a message is kept. */
  readonly retention: number;
}

/** What came of a message up to now. */
export interface PushHistory {
  readonly attempts: number;
  /** HTTP status of the last one; 0 where there was no answer in time. */
  readonly status: number;
  /** When it was published, and what time it is. Milliseconds since the epoch. */
  readonly publishedAt: number;
  readonly now: number;
}

export type NextPush = 'acknowledged' | 'dead letter' | 'expired' | { readonly at: number };

const PUSH = { min: 100, max: 60_000 };
/** @see https://docs.cloud.google.com/pubsub/docs/push#receive_push */
const ACKNOWLEDGES: ReadonlySet<number> = new Set([102, 200, 201, 202, 204]);

/** @see https://docs.cloud.google.com/pubsub/docs/handling-failures */
export function nextAttempt(
  { retry = PUSH, maxDeliveryAttempts, retention }: PushPolicy,
  history: PushHistory,
): NextPush {
  const { attempts, status, publishedAt, now } = history;
  if (ACKNOWLEDGES.has(status)) return 'acknowledged';
  if (maxDeliveryAttempts !== undefined && attempts >= maxDeliveryAttempts) return 'dead letter';
  const at = now + backOff({ ...retry, doublings: Number.POSITIVE_INFINITY }, attempts);
  return at - publishedAt > retention ? 'expired' : { at };
}
