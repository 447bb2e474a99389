import type { History } from './history.ts';
import type { Kind, NewTask, Outcome, Outgoing, Task, Verdict } from './task.ts';
import type { TaskStore } from './task-store.ts';

/** The one loop that delivers whatever is due. */
export interface Dispatcher {
  /** When this returns they are kept. */
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
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let turning = false;
  let awake = false;

  const senders = () => store.known()?.senders() ?? [];

  function wake(): void {
    if (awake || ending.signal.aborted) return;
    awake = true;
    setImmediate(turn);
  }

  function turn(): void {
    awake = false;
    if (ending.signal.aborted) return;
    turning = true;
    clearTimeout(timer);
    let next: number | undefined;
    try {
      for (const sender of senders()) next = least(next, sendDue(sender));
    } catch {
      // The disk is full, for one: what is kept is kept.
      next = millis() + AFTER_FAILURE;
    } finally {
      turning = false;
    }
    if (next !== undefined) timer = setTimeout(wake, Math.min(Math.max(next - millis(), 1), LONGEST_NAP));
    tell();
  }

  /** Sends what a sender may send now. Gives when to look again; undefined: when something of it is over. */
  function sendDue(sender: string): number | undefined {
    const kind = kindOf(sender);
    const limits = kind?.limits(sender);
    if (kind === undefined || limits === undefined) {
      store.get().purge(sender);
      return undefined;
    }
    if (limits.paused) return undefined;
    const now = millis();
    const rate = limits.perSecond === undefined ? undefined : rateOf(sender, limits.perSecond, now);
    const free = Math.min(limits.concurrent - (underWay.get(sender) ?? 0), rate?.left ?? Number.POSITIVE_INFINITY);
    if (free >= 1) {
      const tasks = store.get().lease(sender, now, Math.min(Math.floor(free), MOST_AT_ONCE));
      if (rate !== undefined) rate.left -= tasks.length;
      for (const task of tasks) begin(kind, task);
    }
    if ((underWay.get(sender) ?? 0) >= limits.concurrent) return undefined;
    const due = store.get().nextDue(sender);
    if (due === undefined || rate === undefined || rate.left >= 1) return due;
    return Math.max(due, now + (1 - rate.left) * (1000 / rate.perSecond));
  }

  function begin(kind: Kind, task: Task): void {
    underWay.set(task.sender, (underWay.get(task.sender) ?? 0) + 1);
    const work = deliver(kind, task)
      .catch(() => putOff(task))
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
    if (!('url' in outgoing)) return settle(() => conclude(task, outgoing, 0));
    const at = millis();
    const outcome = await send(outgoing, ending.signal);
    // It stays as it is, under way, and is delivered again at the next start.
    if (ending.signal.aborted) return;
    const now = millis();
    const verdict = kind.after(task, outcome, now);
    history.add(task, outgoing, outcome, verdict, { at, now });
    await settle(() => conclude(task, verdict, outcome.status));
  }

  function conclude(task: Task, verdict: Verdict, status: number): void {
    if ('retryAt' in verdict) store.get().later(task, verdict.retryAt, status);
    else store.get().done(task, verdict.next);
  }

  /** What could not even be tried is tried again later: it ends nothing else. */
  function putOff(task: Task): Promise<void> {
    return settle(() => store.get().later(task, millis() + AFTER_FAULT, 0));
  }

  /** Until it is kept; a disk that is full has room again at some time. */
  async function settle(keep: () => void): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        return keep();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AFTER_FAILURE));
      }
    }
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
    if (works.size > 0 || awake || turning) return false;
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
      store.get().add(tasks);
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
      for (const told of waiting) told();
    },
  };
}

/** So many of a sender's begin in one turn: others have theirs. */
const MOST_AT_ONCE = 100;

interface Rate {
  readonly at: number;
  readonly perSecond: number;
  left: number;
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
