import { EventEmitter, on } from 'node:events';
import type { Decision, Decisions } from '../../run/gate/decision.ts';

export interface DecisionLog extends Decisions {
  /** The newest decisions, oldest first; bounded. */
  list(): readonly Decision[];
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
