import { fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OutboxDelivery, startOutboxDelivery } from './outbox-delivery.ts';
import { ChangeRefusedError, type SearchClient, SearchUnavailableError } from './search-client.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { OutboxEntry, ProfileStore } from './store/store.ts';
import { until } from './testing/world.ts';

const { log } = fastify({ logger: { level: 'silent' } });
const input = {
  name: 'A',
  title: '',
  team: '',
  city: '',
  skills: [],
  bio: '',
  colour: 'slate' as const,
  hidden: false,
};

let store: ProfileStore;
let delivery: OutboxDelivery | undefined;
beforeEach(() => {
  store = openSqliteStore(undefined);
});
afterEach(async () => {
  await delivery?.stop();
  delivery = undefined;
  await store.close();
});

/** Starts a delivery to a search that does as it is told, and says what arrived. */
function deliverTo(answer: (change: OutboxEntry) => Promise<void> | void) {
  const arrived: string[] = [];
  const search: SearchClient = {
    find: async () => [],
    deliver: async (changes) => {
      for (const change of changes as OutboxEntry[]) {
        await answer(change);
        arrived.push(`${change.profileId}${change.version}`);
      }
    },
  };
  delivery = startOutboxDelivery(store, search, log);
  return arrived;
}

const empty = async () => (await store.pending()) === 0;

describe('startOutboxDelivery', () => {
  test('delivers what was there before it started, then what is written', async () => {
    await store.put('a', '', input);
    const arrived = deliverTo(() => {});
    await until(empty);
    await store.put('b', '', input);
    delivery?.wake();
    await until(empty);
    expect(arrived).toEqual(['a1', 'b1']);
  });

  test('the changes of one profile arrive in order, also when some fail', async () => {
    for (let version = 1; version <= 5; version += 1) {
      for (const id of ['a', 'b', 'c']) await store.put(id, '', { ...input, bio: `${version}` });
    }
    let calls = 0;
    const arrived = deliverTo(() => {
      calls += 1;
      if (calls % 4 === 0) throw new SearchUnavailableError('busy');
    });
    await until(empty);
    for (const id of ['a', 'b', 'c']) {
      const versions = arrived.filter((change) => change.startsWith(id));
      // What was under way when another change failed comes again, never behind a newer one.
      expect(versions.toSorted()).toEqual(versions);
      expect([...new Set(versions)]).toEqual([1, 2, 3, 4, 5].map((n) => `${id}${n}`));
    }
  });

  test('a failure keeps the change and pauses, however often it is woken', async () => {
    await store.put('a', '', input);
    let calls = 0;
    deliverTo(() => {
      calls += 1;
      throw new SearchUnavailableError('down');
    });
    await until(() => calls === 1);
    for (let round = 0; round < 100; round += 1) {
      delivery?.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(calls).toBe(1);
    expect(await store.pending()).toBe(1);
  });

  test('a change that search refuses holds back nobody else', async () => {
    await store.put('bad', '', input);
    await store.put('bad', '', { ...input, bio: 'again' });
    await store.put('good', '', input);
    const arrived = deliverTo((change) => {
      if (change.profileId === 'bad') throw new ChangeRefusedError('400');
    });
    await until(async () => (await store.pending()) === 2);
    expect(arrived).toEqual(['good1']);
  });

  test('stop does not wait for search, and loses nothing', async () => {
    await store.put('a', '', input);
    let started = false;
    const search: SearchClient = {
      find: async () => [],
      deliver: (_changes, signal) => {
        started = true;
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    delivery = startOutboxDelivery(store, search, log);
    await until(() => started);
    await delivery.stop();
    expect(await store.pending()).toBe(1);
  });
});
