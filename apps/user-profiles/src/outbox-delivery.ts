import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { ChangeRefusedError, DELIVERY_TIMEOUT_MS, type SearchClient } from './search-client.ts';
import { LONGEST_HOLD_MS, type OutboxEntry, type ProfileStore } from './store/store.ts';

/** Of so many different profiles a change is under way at once; those of one profile never overtake each other. */
const BATCH = 200;
/** Longer than a delivery takes: then whoever held the changes has ended without a word. */
const HOLD_MS = 2 * DELIVERY_TIMEOUT_MS;
const FIRST_BACKOFF_MS = 250;
/** Once search is back, new people are found after this long at most. */
const LONGEST_BACKOFF_MS = 2_000;
/** Nothing is due: look again after this time for what other instances left behind. */
const IDLE_MS = 5_000;

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
      awake = Promise.withResolvers();
      const delivered = await deliverNext().catch((error) => {
        if (!stopping.signal.aborted) log.error({ err: error }, 'the outbox cannot be worked on');
        return 'failed' as const;
      });
      if (delivered === 'nothing') await awakeOrLate(IDLE_MS);
      if (delivered !== 'failed') {
        failures = 0;
        continue;
      }
      failures += 1;
      // A new change does not cut this pause short: what is behind the failure needs the time.
      await pause(backoff(failures), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** New changes wake; the time limit is for those that were held, or written by another instance that has ended. */
  async function awakeOrLate(milliseconds: number): Promise<void> {
    const timer = setTimeout(awake.resolve, milliseconds);
    await awake.promise;
    clearTimeout(timer);
  }

  async function deliverNext(): Promise<'something' | 'nothing' | 'failed'> {
    const changes = await store.claim(HOLD_MS, BATCH);
    if (changes.length === 0) return 'nothing';
    const sequences = changes.map(({ sequence }) => sequence);
    try {
      await search.deliver(changes, stopping.signal);
    } catch (error) {
      if (error instanceof ChangeRefusedError) {
        await deliverEach(changes);
        return 'something';
      }
      if (failures === 0 && !stopping.signal.aborted)
        log.warn({ err: error }, 'search cannot take changes; they wait in the outbox');
      await store.hold(sequences, 0);
      return 'failed';
    }
    await store.acknowledge(sequences);
    return 'something';
  }

  /** One of them is refused: the others are delivered by themselves. */
  async function deliverEach(changes: readonly OutboxEntry[]): Promise<void> {
    for (const [at, change] of changes.entries()) {
      try {
        await search.deliver([change], stopping.signal);
        await store.acknowledge([change.sequence]);
      } catch (error) {
        if (!(error instanceof ChangeRefusedError)) {
          await store.hold(
            changes.slice(at).map(({ sequence }) => sequence),
            0,
          );
          throw error;
        }
        // It needs somebody to look; meanwhile the other profiles go on.
        log.error({ err: error }, `search refuses version ${change.version} of ${change.profileId}`);
        await store.hold([change.sequence], LONGEST_HOLD_MS);
      }
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
export function backoff(failures: number): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return full / 2 + (Math.random() * full) / 2;
}
