import { setTimeout as pause } from 'node:timers/promises';
import type { Ledger } from '../ledger.ts';
import { monotonic } from '../world/protocol.ts';
import type { World } from '../world/world.ts';
import { type Act, readings, signUp, type Writer } from './people.ts';
import { probe } from './prober.ts';

/** Three readers, three writers and a prober of forbidden calls, from now on. */
export interface Load extends AsyncDisposable {
  readonly writers: readonly Writer[];
  /** Why calls fail just now. */
  troubles(): readonly string[];
  /** Gives up what is under way, so that what is sent from now on tells what works. */
  startAnew(): void;
  /**
   * Resolves when everybody's calls that began after this moment on `monotonic` succeed, to when that was; undefined when
   * the time is over first.
   */
  works(since: number, withinMs: number): Promise<number | undefined>;
}

const WRITERS = ['ada', 'bob', 'eve'];
/** Between two calls of one person. */
const PACE_MS = 40;
/** Nobody waits longer at a browser; login itself gives up after 8 s. */
const PATIENCE_MS = 12_000;
/** What took longer when it was given up has failed. */
const IMPATIENT_MS = 1_000;
/** So many calls in a row that succeed are taken for "works". */
const STREAK = 3;

export async function startLoad(world: World, ledger: Ledger): Promise<Load> {
  const writers = await Promise.all(WRITERS.map((name) => signUp(world.urls.login, name)));
  const [first, second, third] = writers as [Writer, Writer, Writer];
  const acts: Act[] = [...writers.map(({ write }) => write)];
  for (const [at, [as, of]] of [[first, second] as const, [second, third] as const, [third, first] as const].entries())
    acts.push(readings(await as.reader(), as.name, of)[at] as Act);

  const stopping = new AbortController();
  let current = new AbortController();
  const people = acts.map((act) => new Person(act, ledger));
  const running = people.map((person) => person.keepOn(() => current.signal, stopping.signal));
  running.push(keepProbing());

  async function keepProbing(): Promise<void> {
    while (!stopping.signal.aborted) {
      for await (const result of probe(world, stopping.signal)) if (!stopping.signal.aborted) ledger.probe(result);
      await pause(PACE_MS);
    }
  }

  /** When a search for every writer's newest word finds it. */
  async function indexed(until: number): Promise<number | undefined> {
    for (const { isFound } of writers)
      while (!(await succeeds(isFound, AbortSignal.timeout(PATIENCE_MS)))) {
        if (monotonic() > until) return undefined;
        await pause(PACE_MS);
      }
    return monotonic();
  }

  return {
    writers,
    troubles: () => people.flatMap(({ trouble }) => trouble ?? []),
    startAnew() {
      current.abort();
      current = new AbortController();
    },
    async works(since, withinMs) {
      const until = since + withinMs;
      for (const person of people) while (!person.worksSince(since)) if (await late(until)) return undefined;
      const index = await indexed(until);
      return index && Math.max(...people.map((person) => person.worksSince(since) ?? index));
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      current.abort();
      await Promise.all(running);
    },
  };
}

async function late(until: number): Promise<boolean> {
  await pause(20);
  return monotonic() > until;
}

async function succeeds(act: Act, signal: AbortSignal): Promise<boolean> {
  return (await failure(act, signal)) === undefined;
}

/** Why it does not succeed; undefined when it does. */
function failure(act: Act, signal: AbortSignal): Promise<string | undefined> {
  return act(signal).then(
    () => undefined,
    (error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
  );
}

/** Does the same thing again and again. */
class Person {
  /** Why the newest call failed; undefined when it did not. */
  trouble: string | undefined;
  readonly #act: Act;
  readonly #ledger: Ledger;
  /** Successes without a failure between them: when each began and ended. */
  #streak: { begun: number; ended: number }[] = [];

  constructor(act: Act, ledger: Ledger) {
    this.#act = act;
    this.#ledger = ledger;
  }

  async keepOn(given: () => AbortSignal, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const begun = monotonic();
      const signal = AbortSignal.any([given(), stopping, AbortSignal.timeout(PATIENCE_MS)]);
      this.trouble = await failure(this.#act, signal);
      if (stopping.aborted) return;
      // Whoever has not waited long was given up by the test alone.
      if (given().aborted === false && signal.aborted && monotonic() - begun < IMPATIENT_MS) continue;
      this.#ledger.call(this.trouble !== undefined);
      if (this.trouble === undefined) this.#streak.push({ begun, ended: monotonic() });
      else this.#streak = [];
      await pause(PACE_MS);
    }
  }

  /** When the first of the calls ended that began since then and have succeeded without a failure after them. */
  worksSince(since: number): number | undefined {
    const after = this.#streak.filter(({ begun }) => begun >= since);
    return after.length >= STREAK ? after[0]?.ended : undefined;
  }
}
