import type { FastifyBaseLogger } from 'fastify';
import type { ProfileStore } from '../store/store.ts';
import { demoPeople, demoPersonId } from './people.ts';

/** So many are made in one transaction. */
const CHUNK = 1_000;

export interface Seeding {
  /** How many demo people are still to be made. */
  remaining(): number;
  /** Leaves the rest for the next start, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/**
 * Makes demo people until there are so many; who is there already stays as they are. The first ones are there when this
 * resolves, the others follow, so that a start with very many is as quick as one with few.
 */
export async function seedDemoPeople(
  store: ProfileStore,
  { count, email, written, log }: { count: number; email: string; written: () => void; log: FastifyBaseLogger },
): Promise<Seeding> {
  let remaining = 0;
  let stopped = false;
  const people = demoPeople(count, email);

  async function makeChunk(): Promise<void> {
    const chunk = Array.from({ length: Math.min(CHUNK, remaining) }, () => people.next().value);
    await store.add(chunk);
    remaining -= chunk.length;
    written();
  }
  async function makeRest(): Promise<void> {
    while (remaining > 0 && !stopped) {
      await makeChunk();
      // Requests come between two chunks.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  if (count > 0 && !(await store.get(demoPersonId(count)))) {
    remaining = count;
    await makeChunk();
  }
  const running = makeRest().then(
    () => remaining === 0 && count > 0 && log.info(`there are ${count} demo people`),
    (error) => log.error({ err: error }, `${remaining} demo people could not be made`),
  );
  return {
    remaining: () => remaining,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
