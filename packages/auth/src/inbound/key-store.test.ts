import { generateKeyPairSync } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AuthEvents, CHANNELS } from '../diagnostics.ts';
import { json, type LocalGoogle, mint, signingKey, startGoogle } from '../testing/google.ts';
import { createVerifier, type Verifier } from './verifier.ts';

let google: LocalGoogle;
let verifier: Verifier;
const token = (kid?: string): Promise<string> => mint(google.key, { aud: 'x' }, kid === undefined ? {} : { kid });
const pass = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
};
const fetched = (): number => google.count('/certs');

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
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

  test('a flood of unknown key ids causes one fetch for each cool-down', async () => {
    await verifier.prefetch();
    pass(31_000);
    for (let round = 1; round <= 3; round += 1) {
      const flood = Array.from({ length: 50 }, async (_, n) => verifier.verify(await token(`${round}-${n}`)));
      const outcomes = await Promise.allSettled(flood);
      expect(new Set(outcomes.map((one) => one.status === 'rejected' && one.reason.code))).toEqual(
        new Set(['RUN_AUTH_KEY_UNKNOWN']),
      );
      expect(fetched()).toBe(1 + round);
      pass(31_000);
    }
  });

  test('one of fewer than 2,048 bits is none', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    google.keys = [{ ...publicKey.export({ format: 'jwk' }), kid: google.key.jwk.kid, alg: 'RS256', use: 'sig' }];
    await expect(verifier.verify(await token())).rejects.toMatchObject({ code: 'RUN_AUTH_KEYS_UNAVAILABLE' });
  });

  test('a key that was added since is found after the cool-down', async () => {
    await verifier.prefetch();
    const added = await signingKey('added');
    google.keys = [google.key.jwk, added.jwk];
    const fresh = await mint(added, { aud: 'x' });
    await expect(verifier.verify(fresh)).rejects.toMatchObject({ code: 'RUN_AUTH_KEY_UNKNOWN' });
    pass(31_000);
    await expect(verifier.verify(fresh)).resolves.toBeDefined();
  });

  test('are fetched again in the background when Cache-Control says so, also when every token is remembered', async () => {
    google.faults.set('/certs', (_request, response) => {
      response.setHeader('cache-control', 'public, max-age=120');
      json(response, 200, { keys: google.keys });
    });
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

  test.each([
    ['not a key set', { keys: 'none' }],
    ['an empty key set', { keys: [] }],
    [
      'keys of no use',
      {
        keys: [
          { kty: 'EC', kid: 'ec', crv: 'P-256', x: 'x', y: 'y' },
          { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
        ],
      },
    ],
  ])('that are %s are not taken', async (_what, body) => {
    google.faults.set('/certs', (_request, response) => json(response, 200, body));
    await expect(verifier.prefetch()).rejects.toMatchObject({ code: 'RUN_AUTH_KEYS_UNAVAILABLE' });
  });

  test('an empty answer does not take away the keys at hand', async () => {
    await verifier.prefetch();
    google.faults.set('/certs', (_request, response) => json(response, 200, { keys: [] }));
    pass(21_000_000);
    await verifier.verify(await token());
    await vi.waitFor(() => expect(fetched()).toBe(2));
    await expect(verifier.verify(await token())).resolves.toBeDefined();
  });

  test('a token remembered is forgotten when its key is withdrawn', async () => {
    const known = await token();
    await verifier.verify(known);
    expect(verifier.peek(['authorization', `Bearer ${known}`])).toBeDefined();
    google.keys = [(await signingKey('next')).jwk];
    pass(21_000_000);
    verifier.peek(['authorization', `Bearer ${known}`]);
    await vi.waitFor(() => expect(verifier.peek(['authorization', `Bearer ${known}`])).toBeUndefined());
  });
});
