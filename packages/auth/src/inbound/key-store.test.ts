import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AuthEvents, CHANNELS } from '../diagnostics.ts';
import { json, type LocalGoogle, mint, signingKey, startGoogle } from '../testing/google.ts';
import { createVerifier, type Verifier } from './verifier.ts';

let google: LocalGoogle;
let verifier: Verifier;
const token = (kid?: string): Promise<string> => mint(google.key, { aud: 'x' }, kid === undefined ? {} : { kid });
const pass = (ms: number): void => {
  vi.advanceTimersByTime(ms);
};
/** The clock on the wall is set; no time passes. */
const setClock = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
};
const fetched = (): number => google.count('/certs');
const freshFor = (seconds: number): unknown =>
  google.faults.set('/certs', (_request, response) => {
    response.setHeader('cache-control', `public, max-age=${seconds}`);
    json(response, 200, { keys: google.keys });
  });

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  google = await startGoogle();
  verifier = createVerifier({ mode: 'signature', audience: null, allowedCallers: null, jwksUri: google.jwksUri });
});
afterEach(async () => {
  vi.useRealTimers();
  await google[Symbol.asyncDispose]();
});

describe('the keys of the issuer', () => {
  test('are fetched once by any number of first requests', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => mint(google.key, { aud: `x${n}` })));
    await Promise.all(tokens.map((one) => verifier.verify(one)));
    expect(fetched()).toBe(1);
  });

  test('are at hand after prefetch', async () => {
    await verifier.prefetch();
    await verifier.verify(await token());
    expect(fetched()).toBe(1);
  });

  test('a flood of unknown key ids causes four fetches at once, and one more each second', async () => {
    await verifier.prefetch();
    pass(60_000);
    const flood = async (round: string): Promise<void> => {
      const tokens = Array.from({ length: 50 }, (_, n) => token(`${round}-${n}`));
      const outcomes = [];
      for (const one of tokens) outcomes.push(await verifier.verify(await one).catch((error) => error.code));
      expect(new Set(outcomes)).toEqual(new Set(['RUN_AUTH_KEY_UNKNOWN']));
    };
    await flood('first');
    expect(fetched()).toBe(1 + 4);
    pass(999);
    await flood('within the second');
    expect(fetched()).toBe(1 + 4);
    pass(1);
    await flood('after it');
    expect(fetched()).toBe(1 + 5);
    pass(600_000);
    await flood('much later');
    expect(fetched()).toBe(1 + 9);
  });

  test('a key that was added since is found at once', async () => {
    await verifier.prefetch();
    for (const kid of ['second', 'third']) {
      const added = await signingKey(kid);
      google.keys = [google.key.jwk, added.jwk];
      await expect(verifier.verify(await mint(added, { aud: 'x' }))).resolves.toBeDefined();
    }
  });

  test('also by those who wait for a fetch that had begun before', async () => {
    await verifier.prefetch();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    google.faults.set('/certs', async (_request, response) => {
      const before = google.keys;
      await held;
      json(response, 200, { keys: before });
    });
    const unknown = verifier.verify(await token('unknown')).catch((error) => error.code);
    await vi.waitFor(() => expect(fetched()).toBe(2));
    const added = await signingKey('added');
    google.keys = [google.key.jwk, added.jwk];
    const fresh = verifier.verify(await mint(added, { aud: 'x' }));
    release();
    expect(await unknown).toBe('RUN_AUTH_KEY_UNKNOWN');
    await expect(fresh).resolves.toBeDefined();
  });

  test('and within a second while others ask for keys that do not exist', async () => {
    await verifier.prefetch();
    const floodOnce = (n: number): Promise<unknown> =>
      token(`flood-${n}`).then((one) => verifier.verify(one).catch(() => {}));
    for (let n = 0; n < 20; n += 1) await floodOnce(n);
    const added = await signingKey('added');
    google.keys = [google.key.jwk, added.jwk];
    const fresh = await mint(added, { aud: 'x' });
    for (let n = 20; n < 40; n += 1) await floodOnce(n);
    await expect(verifier.verify(fresh)).rejects.toMatchObject({ code: 'RUN_AUTH_KEY_UNKNOWN' });
    for (let n = 40; n < 60; n += 1) {
      pass(50);
      await floodOnce(n);
    }
    await expect(verifier.verify(fresh)).resolves.toBeDefined();
  });

  test.each([-7_200_000, -60_000, 7_200_000])('a clock set by %i ms makes nobody wait longer', async (step) => {
    google.faults.set('/certs', (_request, response) => json(response, 500, {}));
    const one = await token();
    await expect(verifier.verify(one)).rejects.toMatchObject({ code: 'RUN_AUTH_KEYS_UNAVAILABLE' });
    google.faults.clear();
    setClock(step);
    pass(1_000);
    await verifier.prefetch();
    expect(fetched()).toBe(2);
    setClock(-step);
    for (let n = 0; n < 9; n += 1) await verifier.verify(await token(`unknown-${n}`)).catch(() => {});
    const added = await signingKey('added');
    google.keys = [google.key.jwk, added.jwk];
    const fresh = await mint(added, { aud: 'x' });
    setClock(step);
    pass(1_000);
    await verifier.prefetch();
    setClock(-step);
    await expect(verifier.verify(fresh)).resolves.toBeDefined();
  });

  test('a clock set back keeps no withdrawn key in use', async () => {
    freshFor(120);
    const known = await token();
    await verifier.verify(known);
    google.keys = [(await signingKey('next')).jwk];
    setClock(-1_800_000);
    pass(121_000);
    verifier.peek(['authorization', `Bearer ${known}`]);
    await vi.waitFor(() => expect(fetched()).toBe(2));
    await vi.waitFor(() => expect(verifier.peek(['authorization', `Bearer ${known}`])).toBeUndefined());
  });

  test('are fetched again in the background when Cache-Control says so, also when every token is remembered', async () => {
    freshFor(120);
    const known = await token();
    await verifier.verify(known);
    pass(119_000);
    await verifier.verify(known);
    expect(fetched()).toBe(1);
    pass(2_000);
    await verifier.verify(known);
    await vi.waitFor(() => expect(fetched()).toBe(2));
  });

  test.each([
    ['no Cache-Control', undefined, 600_000],
    ['no max-age', 'no-transform', 600_000],
    ['a max-age of nothing', 'max-age=0', 60_000],
    ['a max-age of a year', 'max-age=31536000', 86_400_000],
  ])('with %s are fresh for so long', async (_what, cacheControl, freshFor) => {
    google.faults.set('/certs', (_request, response) => {
      if (cacheControl !== undefined) response.setHeader('cache-control', cacheControl);
      json(response, 200, { keys: google.keys });
    });
    const events: AuthEvents['run-edges:auth:keys-fetched'][] = [];
    const listen = (event: unknown): unknown => events.push(event as AuthEvents['run-edges:auth:keys-fetched']);
    subscribe(CHANNELS.keysFetched, listen);
    await verifier.prefetch();
    unsubscribe(CHANNELS.keysFetched, listen);
    expect(events).toHaveLength(1);
    expect(events[0]?.keyIds).toEqual([google.key.jwk.kid]);
    expect(Math.round(((events[0]?.freshUntil ?? 0) - Date.now()) / 1000)).toBe(freshFor / 1000);
  });

  test('that are stale stay in use while the endpoint is down', async () => {
    const failed: unknown[] = [];
    const listen = (event: unknown): unknown => failed.push(event);
    subscribe(CHANNELS.keysFailed, listen);
    await verifier.prefetch();
    google.faults.set('/certs', (_request, response) => json(response, 503, {}));
    pass(21_000_000);
    await expect(verifier.verify(await token())).resolves.toBeDefined();
    await vi.waitFor(() => expect(failed).toMatchObject([{ servingStale: true }]));
    await expect(verifier.verify(await token())).resolves.toBeDefined();
    expect(fetched()).toBe(2);
    unsubscribe(CHANNELS.keysFailed, listen);
    pass(29_000);
    await verifier.verify(await token());
    pass(1_000);
    await verifier.verify(await token());
    await vi.waitFor(() => expect(fetched()).toBe(3));
  });

  test('that cannot be had make no key unknown: 503 for one that is not at hand', async () => {
    await verifier.prefetch();
    google.faults.set('/certs', (_request, response) => json(response, 500, {}));
    const added = await signingKey('added');
    const fresh = await mint(added, { aud: 'x' });
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(verifier.verify(fresh)).rejects.toMatchObject({
        code: 'RUN_AUTH_KEYS_UNAVAILABLE',
        statusCode: 503,
      });
    expect(fetched()).toBe(2);
    await expect(verifier.verify(await token())).resolves.toBeDefined();
    google.faults.clear();
    google.keys = [google.key.jwk, added.jwk];
    pass(1_000);
    await expect(verifier.verify(fresh)).resolves.toBeDefined();
    await expect(verifier.verify(await token('unknown'))).rejects.toMatchObject({ code: 'RUN_AUTH_KEY_UNKNOWN' });
  });

  test('that cannot be had at all: 503, one attempt a second', async () => {
    google.faults.set('/certs', (_request, response) => json(response, 500, {}));
    const refused = { code: 'RUN_AUTH_KEYS_UNAVAILABLE', statusCode: 503 };
    await expect(verifier.verify(await token())).rejects.toMatchObject(refused);
    await expect(verifier.verify(await token())).rejects.toMatchObject(refused);
    expect(fetched()).toBe(1);
    google.faults.clear();
    pass(1_100);
    await expect(verifier.verify(await token())).resolves.toBeDefined();
  });

  test('an empty answer does not take away the keys at hand', async () => {
    await verifier.prefetch();
    google.faults.set('/certs', (_request, response) => json(response, 200, { keys: [] }));
    pass(21_000_000);
    await verifier.verify(await token());
    await vi.waitFor(() => expect(fetched()).toBe(2));
    await expect(verifier.verify(await token())).resolves.toBeDefined();
  });

  test('a token remembered is forgotten when its key is withdrawn, long before it ends', async () => {
    freshFor(120);
    const known = await token();
    await verifier.verify(known);
    expect(verifier.peek(['authorization', `Bearer ${known}`])).toBeDefined();
    google.keys = [(await signingKey('next')).jwk];
    pass(121_000);
    verifier.peek(['authorization', `Bearer ${known}`]);
    await vi.waitFor(() => expect(verifier.peek(['authorization', `Bearer ${known}`])).toBeUndefined());
  });
});
