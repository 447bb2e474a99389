import { EventEmitter, on } from 'node:events';
import type { Rule } from '../gate/rules.ts';

/** One verdict of a gate. It never holds a token, a query string or a body. */
export interface Decision {
  /** RFC 3339. */
  readonly time: string;
  /** Name of the calling service, `anonymous`, or the principal's e-mail. */
  readonly caller: string;
  readonly receiver: string;
  /** Empty where the bytes were no request. */
  readonly method: string;
  /** Path without its query. */
  readonly path: string;
  /** HTTP status that the caller got; 499 where it did not wait for one. */
  readonly status: number;
  /** The rule that decided. */
  readonly rule: Rule;
  /** Why, in a sentence. */
  readonly reason: string;
  /** What would change the verdict, or what to beware of; empty where nothing is wrong. */
  readonly mend: string;
  /** What Cloud Run's request log would say; empty where it says nothing. */
  readonly log: string;
  /** Trace id of the request, 32 hex digits, as in `traceparent`. */
  readonly trace: string;
}

export interface DecisionLog {
  /** The newest decisions, oldest first; bounded. */
  list(): readonly Decision[];
  add(decision: Decision): void;
  onDecision(listener: (decision: Decision) => void): () => void;
  /** Decisions as they are made, until the signal is aborted. */
  follow(signal: AbortSignal): AsyncIterable<Decision>;
}

/** Keeps the newest `limit` decisions in memory. */
export function createDecisionLog(limit = 1000): DecisionLog {
  const kept: Decision[] = [];
  const events = new EventEmitter().setMaxListeners(0);
  return {
    list: () => kept.slice(-limit),
    add(decision) {
      kept.push(decision);
      // Cut in blocks: a shift per request would move the whole array each time.
      if (kept.length >= 2 * limit) kept.splice(0, kept.length - limit);
      events.emit('decision', decision);
    },
    onDecision(listener) {
      events.on('decision', listener);
      return () => events.off('decision', listener);
    },
    async *follow(signal) {
      try {
        for await (const [decision] of on(events, 'decision', { signal })) yield decision as Decision;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
