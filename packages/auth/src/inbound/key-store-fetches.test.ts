import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { CHANNELS } from '../diagnostics.ts';
import { json, type LocalGoogle, startGoogle } from '../testing/google.ts';
import { KeyStore } from './key-store.ts';

/** When the keys are fetched, to the millisecond, and what is told of it. */

const FRESH_MS = 20_000_000;
const UNAVAILABLE = { code: 'RUN_AUTH_KEYS_UNAVAILABLE' };

let google: LocalGoogle;
let fetches: MockInstance<typeof fetch>;
let withdrawn: ((keyId: string) => boolean)[];
let events: unknown[];
let store: KeyStore;
const listen = (event: unknown): unknown => events.push(event);
const channels = [CHANNELS.keysFetched, CHANNELS.keysFailed];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  vi.advanceTimersByTime(5_000);
  google = await startGoogle();
  fetches = vi.spyOn(globalThis, 'fetch');
  withdrawn = [];
  events = [];
  store = new KeyStore(new URL(google.jwksUri), (isCurrent) => withdrawn.push(isCurrent));
  for (const channel of channels) subscribe(channel, listen);
});
afterEach(async () => {
  for (const channel of channels) unsubscribe(channel, listen);
  vi.restoreAllMocks();
  vi.useRealTimers();
  await google[Symbol.asyncDispose]();
});

const down = (): unknown => google.faults.set('/certs', (_request, response) => json(response, 500, {}));
/** Whether a request that comes so much later makes the store fetch. */
function fetchesAfter(ms: number): boolean {
  const before = fetches.mock.calls.length;
  vi.advanceTimersByTime(ms);
  store.refreshIfDue(performance.now());
  return fetches.mock.calls.length > before;
}

describe('in the background', () => {
  test('nothing is fetched before somebody needed a key', () => {
    expect(fetchesAfter(10 * FRESH_MS)).toBe(false);
  });

  test('keys are fetched when they are no longer fresh, once', async () => {
    await store.load();
    expect(fetchesAfter(FRESH_MS - 1)).toBe(false);
    expect(fetchesAfter(1)).toBe(true);
    expect(fetchesAfter(1)).toBe(false);
    await store.load();
    expect(fetchesAfter(FRESH_MS - 2)).toBe(false);
  });

  test('after a failure half a minute goes by', async () => {
    await store.load();
    down();
    expect(fetchesAfter(FRESH_MS)).toBe(true);
    await store.load();
    expect(fetchesAfter(0)).toBe(false);
    expect(fetchesAfter(29_999)).toBe(false);
    expect(fetchesAfter(1)).toBe(true);
    await store.load();
  });

  test('nothing is fetched again while there are none', async () => {
    down();
    await expect(store.load()).rejects.toMatchObject(UNAVAILABLE);
    expect(fetchesAfter(FRESH_MS)).toBe(false);
  });
});

describe('on demand', () => {
  test('an unknown key is asked for once', async () => {
    await store.load();
    await expect(store.get('unknown')).rejects.toMatchObject({ code: 'RUN_AUTH_KEY_UNKNOWN' });
    expect(fetches).toHaveBeenCalledTimes(2);
  });

  test('while there is no allowance, what is at hand counts', async () => {
    await store.load();
    for (let n = 0; n < 5; n += 1) await store.load();
    expect(fetches).toHaveBeenCalledTimes(4);
    await expect(store.load()).resolves.toBeUndefined();
  });

  test('and nothing at hand is said, with the cause', async () => {
    down();
    for (let n = 0; n < 2; n += 1)
      await expect(store.load()).rejects.toMatchObject({ ...UNAVAILABLE, cause: expect.any(Error) });
    expect(fetches).toHaveBeenCalledTimes(1);
  });

  test('a failure with keys at hand is none', async () => {
    await store.load();
    down();
    await expect(store.load()).resolves.toBeUndefined();
    expect(store.peek(google.key.jwk.kid)).toBeDefined();
  });
});

describe('what is told', () => {
  test('of a fetch', async () => {
    await store.load();
    const { kid } = google.key.jwk;
    expect(withdrawn.map((isCurrent) => [isCurrent(kid), isCurrent('other')])).toEqual([[true, false]]);
    expect(events).toEqual([{ uri: google.jwksUri, keyIds: [kid], durationMs: 0, freshUntil: Date.now() + FRESH_MS }]);
  });

  test.each([false, true])('of a failure, with keys at hand or without: %s', async (servingStale) => {
    if (servingStale) await store.load();
    down();
    await store.load().catch(() => {});
    expect(events.at(-1)).toEqual({
      uri: google.jwksUri,
      durationMs: 0,
      servingStale,
      error: expect.any(Error),
    });
  });
});
