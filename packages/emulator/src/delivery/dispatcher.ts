import { setMaxListeners } from 'node:events';
import { GoogleError } from '../internal/google-api/google-error.ts';
import type { History } from './history.ts';
import type { Kind, NewTask, Outcome, Outgoing, Task, Verdict } from './task.ts';
import type { TaskStore } from './task-store.ts';

/** The one loop that delivers whatever is due. */
export interface Dispatcher {
  /** When this returns they are kept. @throws GoogleError UNAVAILABLE where they cannot be */
  add(tasks: readonly NewTask[]): void;
  /** Something may be due now that was not before. */
  wake(): void;
  /** Delivers this one now, whatever its sender's limits are. */
  force(task: Task): void;
  /** Whether nothing is due nor under way. */
  isIdle(): boolean;
  /** Resolves when that is so, or when the signal is aborted. */
  idle(signal: AbortSignal): Promise<void>;
  /** When the next one is due of those that are not now; undefined where none waits. */
  nextDue(): number | undefined;
  /** What is under way is broken off: it is delivered again at the next start. */
  stop(): Promise<void>;
}

/** The store, opened when there is something to put into it. */
export interface StoreWhenNeeded {
  get(): TaskStore;
  /** Undefined where nothing was ever put into it. */
  known(): TaskStore | undefined;
}

export interface DispatcherOptions {
  readonly store: StoreWhenNeeded;
  readonly kindOf: (sender: string) => Kind | undefined;
  readonly send: (outgoing: Outgoing, signal: AbortSignal) => Promise<Outcome>;
  readonly history: History;
  /** Milliseconds since the epoch. */
  readonly millis: () => number;
}

/** A clock that others move is looked at so often. Milliseconds. */
const LONGEST_NAP = 1000;
/** What could not be kept is tried again after this. */
const AFTER_FAILURE = 1000;
/** A fault of our own after this. */
const AFTER_FAULT = 60_000;

export function createDispatcher({ store, kindOf, send, history, millis }: DispatcherOptions): Dispatcher {
  const underWay = new Map<string, number>();
  const rates = new Map<string, Rate>();
  const works = new Set<Promise<void>>();
  const waiting = new Set<() => void>();
  /** What came of attempts, and is not kept yet. */
  const settled: Settled[] = [];
  const ending = new AbortController();
  // One for each that is under way.
  setMaxListeners(0, ending.signal);
  let timer: NodeJS.Timeout | undefined;
  let awake = false;

  const senders = () => store.known()?.senders() ?? [];

  function wake(): void {
    if (awake || ending.signal.aborted) return;
    awake = true;
    setImmediate(turn);
  }

  /** Keeps what came of attempts and takes what is due, all in one transaction: to commit takes longer than the rest. */
  function turn(): void {
    awake = false;
    if (ending.signal.aborted) return;
    clearTimeout(timer);
    let next: number | undefined;
    const due: (readonly [Kind, Task])[] = [];
    const concluded = settled.splice(0);
    try {
      store.known()?.together(() => {
        for (const { keep } of concluded) keep();
        for (const sender of senders()) next = least(next, takeDue(sender, due));
      });
      for (const { tell } of concluded) tell();
      for (const [kind, task] of due) begin(kind, task);
    } catch {
      // The disk is full, for one: it has room again at some time.
      settled.unshift(...concluded);
      next = millis() + AFTER_FAILURE;
    }
    if (next !== undefined) timer = setTimeout(wake, Math.min(Math.max(next - millis(), 1), LONGEST_NAP));
    tell();
  }

  /** Takes what a sender may send now. Gives when to look again; undefined: when something of it is over. */
  function takeDue(sender: string, taken: (readonly [Kind, Task])[]): number | undefined {
    const kind = kindOf(sender);
    const limits = kind?.limits(sender);
    if (kind === undefined || limits === undefined) {
      store.get().purge(sender);
      return undefined;
    }
    if (limits.paused) return undefined;
    const now = millis();
    const rate = limits.perSecond === undefined ? undefined : rateOf(sender, limits.perSecond, now);
    const places = limits.concurrent - (underWay.get(sender) ?? 0);
    const free = Math.min(Math.floor(Math.min(places, rate?.left ?? places)), MOST_AT_ONCE);
    const tasks = free < 1 ? [] : store.get().lease(sender, now, free);
    if (rate !== undefined) rate.left -= tasks.length;
    for (const task of tasks) taken.push([kind, task]);
    if (tasks.length >= places) return undefined;
    const due = store.get().nextDue(sender);
    if (due === undefined || rate === undefined || rate.left >= 1) return due;
    return Math.max(due, now + (1 - rate.left) * (1000 / rate.perSecond));
  }

  function begin(kind: Kind, task: Task): void {
    underWay.set(task.sender, (underWay.get(task.sender) ?? 0) + 1);
    const work = deliver(kind, task)
      // What could not even be tried is tried again later: it ends nothing else.
      .catch(() => settle(() => store.get().later(task, millis() + AFTER_FAULT, 0)))
      .finally(() => {
        works.delete(work);
        const left = (underWay.get(task.sender) ?? 1) - 1;
        if (left === 0) underWay.delete(task.sender);
        else underWay.set(task.sender, left);
        wake();
      });
    works.add(work);
  }

  async function deliver(kind: Kind, task: Task): Promise<void> {
    const outgoing = kind.request(task);
    if (outgoing === undefined) return settle(() => store.get().done(task));
    if (!('url' in outgoing)) return settle(conclusion(task, outgoing, 0));
    const at = millis();
    const outcome = await send(outgoing, ending.signal);
    // It stays as it is, under way, and is delivered again at the next start.
    if (ending.signal.aborted) return;
    const now = millis();
    const verdict = kind.after(task, outcome, now);
    settle(conclusion(task, verdict, outcome.status), () => history.add(task, outgoing, outcome, verdict, { at, now }));
  }

  function conclusion(task: Task, verdict: Verdict, status: number): () => void {
    if ('retryAt' in verdict) return () => store.get().later(task, verdict.retryAt, status);
    return () => store.get().done(task, verdict.next);
  }

  /** @param tell once it is kept */
  function settle(keep: () => void, tell: () => void = () => undefined): void {
    settled.push({ keep, tell });
  }

  function rateOf(sender: string, perSecond: number, now: number): Rate {
    const burst = Math.max(1, perSecond / 5);
    const known = rates.get(sender);
    const passed = known === undefined ? 0 : Math.max(0, now - known.at);
    const left = known === undefined ? burst : Math.min(burst, known.left + (passed / 1000) * perSecond);
    const rate = { at: now, left, perSecond };
    rates.set(sender, rate);
    return rate;
  }

  function isIdle(): boolean {
    if (works.size > 0 || settled.length > 0 || awake) return false;
    const now = millis();
    return senders().every(
      (sender) => kindOf(sender)?.limits(sender)?.paused === true || (store.get().nextDue(sender) ?? now + 1) > now,
    );
  }

  function tell(): void {
    if (waiting.size > 0 && isIdle()) for (const told of waiting) told();
  }

  return {
    add(tasks) {
      try {
        store.get().add(tasks);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ERR_SQLITE_ERROR') throw error;
        throw new GoogleError(
          'UNAVAILABLE',
          `It cannot be kept, and nothing of it will be delivered (${message}). Make room in the state folder, and send it again.`,
        );
      }
      wake();
    },
    wake,
    force(task) {
      const kind = kindOf(task.sender);
      const leased = store.get().leaseOne(task, millis());
      if (kind !== undefined && leased !== undefined) begin(kind, leased);
    },
    isIdle,
    async idle(signal) {
      if (isIdle()) return;
      await new Promise<void>((resolve) => {
        const told = () => {
          waiting.delete(told);
          signal.removeEventListener('abort', told);
          resolve();
        };
        waiting.add(told);
        signal.addEventListener('abort', told);
        if (signal.aborted) told();
        wake();
      });
    },
    nextDue() {
      let next: number | undefined;
      for (const sender of senders())
        if (kindOf(sender)?.limits(sender)?.paused === false) next = least(next, store.get().nextDue(sender));
      return next;
    },
    async stop() {
      ending.abort();
      clearTimeout(timer);
      await Promise.all(works);
      // What is not kept by now is delivered again.
      try {
        store.known()?.together(() => {
          for (const { keep } of settled) keep();
        });
      } catch {
        // The disk is full, for one.
      }
      for (const told of waiting) told();
    },
  };
}

/** So many of a sender's begin in one turn: others have theirs. */
const MOST_AT_ONCE = 100;

interface Settled {
  readonly keep: () => void;
  readonly tell: () => void;
}

interface Rate {
  readonly at: number;
  readonly perSecond: number;
  left: number;
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
