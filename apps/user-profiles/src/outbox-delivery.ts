import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { ChangeRefusedError, type SearchClient } from './search-client.ts';
import type { OutboxEntry, ProfileStore } from './store/store.ts';

/** Changes of so many different profiles are under way at once; those of one profile never overtake each other. */
const CONCURRENCY = 8;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 15_000;
/** A change that search refuses needs somebody to look; meanwhile the other profiles go on. */
const REFUSED_PAUSE_MS = 60_000;

export interface OutboxDelivery {
  /** There is something new to deliver. */
  wake(): void;
  /** Breaks off what is under way (it stays in the outbox) and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Starts to deliver changes to search, from now until `stop`, each again and again until it is acknowledged. */
export function startOutboxDelivery(store: ProfileStore, search: SearchClient, log: FastifyBaseLogger): OutboxDelivery {
  const stopping = new AbortController();
  let awake = Promise.withResolvers<void>();
  let failures = 0;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        awake = Promise.withResolvers();
        const changes = await store.dueChanges(Date.now(), CONCURRENCY);
        if (changes.length === 0) {
          await awakeOrLate(REFUSED_PAUSE_MS);
          continue;
        }
        const outcomes = await Promise.all(changes.map(deliver));
        if (outcomes.every(Boolean)) {
          failures = 0;
          continue;
        }
      } catch (error) {
        log.error({ err: error }, 'the outbox cannot be read');
      }
      failures += 1;
      // A new change does not cut this pause short: what is behind the failure needs the time.
      await pause(backoff(failures), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** New changes wake; the time limit is for those that were postponed. */
  async function awakeOrLate(milliseconds: number): Promise<void> {
    const timer = setTimeout(awake.resolve, milliseconds);
    await awake.promise;
    clearTimeout(timer);
  }

  /** Resolves to false when search could not be reached or did not want to answer. */
  async function deliver(change: OutboxEntry): Promise<boolean> {
    try {
      await search.deliver(change, stopping.signal);
      await store.acknowledge(change.sequence);
      return true;
    } catch (error) {
      if (stopping.signal.aborted) return false;
      if (error instanceof ChangeRefusedError) {
        log.error({ err: error }, `search refuses version ${change.version} of ${change.profileId}`);
        await store.postpone(change.sequence, Date.now() + REFUSED_PAUSE_MS);
        return true;
      }
      if (failures === 0) log.warn({ err: error }, 'search cannot take changes; they wait in the outbox');
      return false;
    }
  }

  const running = run();
  return {
    wake: () => awake.resolve(),
    stop: async () => {
      stopping.abort();
      awake.resolve();
      await running;
    },
  };
}

/** Doubles with every failure in a row; half of it is chance, so that instances do not come back all at once. */
function backoff(failures: number): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return full / 2 + (Math.random() * full) / 2;
}
