import type { Outcome, Outgoing, Task, Verdict } from './task.ts';

/** What became of a message, a task or a run. */
export interface Delivery {
  /** Resource name of the subscription, the queue or the job. */
  readonly sender: string;
  /** The message's id, the task's name. */
  readonly name: string;
  /** Where it is sent to, without a query. */
  readonly url: string;
  /** E-mail of the account whose ID token goes along; undefined: none does. */
  readonly serviceAccount?: string;
  readonly state: 'waiting' | 'delivered' | 'dead-lettered' | 'given up';
  /** Oldest first; the newest 20. */
  readonly attempts: readonly Attempt[];
}

export interface Attempt {
  /** 1 for the first one. */
  readonly number: number;
  /** RFC 3339. */
  readonly time: string;
  /** HTTP status; 0 where nothing was sent, or nothing was answered. */
  readonly status: number;
  /** Why there is no status. */
  readonly reason?: string;
  /** Trace id, by which the decision of the gate is found; empty where no gate was asked. */
  readonly trace: string;
  /** When it is tried again: RFC 3339. */
  readonly next?: string;
}

export interface History {
  add(task: Task, outgoing: Outgoing, outcome: Outcome, verdict: Verdict, times: { at: number; now: number }): void;
  /** The newest deliveries, oldest first; bounded. */
  list(): readonly Delivery[];
}

const MOST = 1000;
const MOST_ATTEMPTS = 20;

/** Keeps the newest deliveries in memory. */
export function createHistory(): History {
  const kept = new Map<number, Delivery>();
  return {
    add(task, { url, oidc }, { status, reason, trace }, verdict, { at }) {
      const next = 'retryAt' in verdict ? { next: timeOf(verdict.retryAt) } : {};
      const why = reason === '' ? {} : { reason };
      const attempt: Attempt = { number: task.attempts, time: timeOf(at), status, ...why, trace, ...next };
      const before = kept.get(task.id)?.attempts ?? [];
      kept.delete(task.id);
      kept.set(task.id, {
        sender: task.sender,
        name: task.name,
        url: url.split('?')[0] ?? '',
        ...(oidc === undefined ? {} : { serviceAccount: oidc.serviceAccountEmail }),
        state: 'retryAt' in verdict ? 'waiting' : verdict.over,
        attempts: [...before, attempt].slice(-MOST_ATTEMPTS),
      });
      if (kept.size <= MOST) return;
      for (const [oldest] of kept) {
        kept.delete(oldest);
        break;
      }
    },
    list: () => [...kept.values()],
  };
}

function timeOf(millis: number): string {
  return new Date(millis).toISOString();
}
