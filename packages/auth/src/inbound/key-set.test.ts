import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { json, type LocalGoogle, startGoogle } from '../testing/google.ts';
import { fetchKeySet, readKeySet } from './key-set.ts';

let google: LocalGoogle;
beforeEach(async () => {
  google = await startGoogle();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await google[Symbol.asyncDispose]();
});

const answer = (send: (response: ServerResponse) => unknown): void => {
  google.faults.set('/certs', (_request, response) => send(response));
};
const publish = (keys: unknown): void => answer((response) => json(response, 200, { keys }));
const keyIds = async (): Promise<string[]> => [...(await fetchKeySet(google.jwksUri)).keys.keys()];
const rsa = (modulusLength: number, publicExponent = 65_537): JsonWebKey => ({
  ...generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' }),
  alg: 'RS256',
  use: 'sig',
});

test('a key set that is elsewhere cannot be had where there is no way to it', async () => {
  await expect(fetchKeySet('https://keys.invalid/certs')).rejects.toThrow();
});

describe('a key set is believed', () => {
  test('with what RFC 7517 leaves open, whatever its content type', async () => {
    const { n, e, kty } = google.key.jwk;
    publish([
      { kty, n, e, kid: 'bare' },
      { kty, n, e, kid: 'for verification', key_ops: ['verify'] },
      { ...google.key.jwk, kid: '__proto__' },
    ]);
    expect(await keyIds()).toEqual(['bare', 'for verification', '__proto__']);
    answer((response) => {
      response.setHeader('content-type', 'text/plain');
      response.end(JSON.stringify({ keys: google.keys }, null, 2));
    });
    expect(await keyIds()).toEqual([google.key.jwk.kid]);
  });

  test('compressed, while what comes out is small', async () => {
    answer((response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(JSON.stringify({ keys: google.keys })));
    });
    expect(await keyIds()).toEqual([google.key.jwk.kid]);
  });

  test('with up to 100 keys', async () => {
    const many = (count: number): unknown[] =>
      Array.from({ length: count }, (_, n) => ({ ...google.key.jwk, kid: `${n}` }));
    publish(many(100));
    expect(await keyIds()).toHaveLength(100);
    publish(many(101));
    await expect(keyIds()).rejects.toThrow('more than 100 keys');
  });
});

test('a key set of 262,144 bytes is read to its end', async () => {
  answer((response) => response.end(JSON.stringify({ keys: google.keys }).padEnd(262_144)));
  expect(await keyIds()).toEqual([google.key.jwk.kid]);
  answer((response) => response.end(JSON.stringify({ keys: google.keys }).padEnd(262_145)));
  await expect(keyIds()).rejects.toThrow('longer than 262144 bytes');
});

test('a key of 4,096 bits is of use', async () => {
  publish([{ ...google.key.jwk, kid: 'long', n: Buffer.alloc(512, 0xff).toString('base64url') }]);
  expect(await keyIds()).toEqual(['long']);
});

test('keys that are at hand are fresh for ever, and of use or refused as others are', async () => {
  const { keys, freshFor } = await readKeySet(google.keys);
  expect([...keys.keys()]).toEqual([google.key.jwk.kid]);
  expect(freshFor).toBe(Number.POSITIVE_INFINITY);
  await expect(readKeySet([{ ...google.key.jwk, kid: '' }])).rejects.toThrow('holds no RS256 key');
});

describe('of a key set these are left out:', () => {
  const good = { kid: 'good' };
  const cases: [string, () => unknown[]][] = [
    ['what is no object', () => [null, 7, 'key', []]],
    [
      'keys without id',
      () => [{}, { kid: '' }, { kid: 7 }].map((id) => ({ ...google.key.jwk, kid: undefined, ...id })),
    ],
    [
      'keys that are not RSA',
      () => [
        { kty: 'EC', kid: 'ec', crv: 'P-256', x: 'x', y: 'y' },
        { kty: 'oct', kid: 'o', k: 'AA' },
        { ...google.key.jwk, kty: 'EC', kid: 'says EC' },
        { ...google.key.jwk, kty: undefined, kid: 'says nothing' },
      ],
    ],
    [
      'keys for encryption',
      () => [
        { ...google.key.jwk, kid: 'enc', use: 'enc' },
        { ...google.key.jwk, kid: 'alg', alg: 'RSA-OAEP' },
      ],
    ],
    [
      'keys that do not verify',
      () => [
        { ...google.key.jwk, kid: 'a', key_ops: ['encrypt'] },
        { ...google.key.jwk, kid: 'b', key_ops: 'verify' },
      ],
    ],
    ['keys for other algorithms', () => [{ ...google.key.jwk, kid: 'ps', alg: 'PS256' }]],
    [
      'keys whose numbers are none',
      () => [
        { ...google.key.jwk, kid: 'a', n: 7 },
        { ...google.key.jwk, kid: 'b', e: undefined },
        { ...google.key.jwk, kid: 'c', n: '' },
        { ...google.key.jwk, kid: 'd', n: undefined },
      ],
    ],
    ['keys whose private half is published', () => [{ ...google.key.jwk, kid: 'd', d: 'AQAB' }]],
    ['keys of fewer than 2,048 bits', () => [{ ...rsa(2047), kid: 'short' }]],
    [
      'keys of more than 4,096 bits',
      () => [{ ...google.key.jwk, kid: 'long', n: Buffer.alloc(513, 0xff).toString('base64url') }],
    ],
    [
      'keys with another exponent than 65,537',
      () => [
        { ...rsa(2048, 3), kid: 'three' },
        { ...google.key.jwk, kid: 'one', e: 'AQ' },
      ],
    ],
    [
      'keys that share an id',
      () => [
        { ...google.key.jwk, kid: 'twin' },
        { ...rsa(2048), kid: 'twin' },
        { ...google.key.jwk, kid: 'twin' },
      ],
    ],
  ];
  test.each(cases)('%s', async (_what, keys) => {
    publish([...keys(), { ...google.key.jwk, ...good }, ...keys()]);
    expect(await keyIds()).toEqual(['good']);
    publish(keys());
    await expect(keyIds()).rejects.toThrow('holds no RS256 key');
  });
});

describe('a key set is refused', () => {
  test.each([
    ['that is no JSON', '<html></html>'],
    ['that is no object', '[]'],
    ['without keys', '{}'],
    ['whose keys are no list', '{"keys":{"length":1}}'],
    ['that is empty', '{"keys":[]}'],
    ['with a member twice', '{"keys":[],"keys":[]}'],
    ['with a member __proto__', '{"__proto__":{"keys":[]},"keys":[]}'],
    ['nested beyond all measure', `{"keys":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('%s', async (_what, body) => {
    answer((response) => response.end(body));
    await expect(keyIds()).rejects.toThrow(/JWK set|holds no RS256 key/);
  });

  test.each([204, 301, 302, 307, 308, 401, 404, 500])(
    'with status %i, its body unread, nothing followed',
    async (status) => {
      answer((response) => {
        response.writeHead(status, { location: `${google.origin}/elsewhere` });
        if (status === 204) response.end();
        else flow(response, Buffer.alloc(65_536, 0x20));
      });
      await expect(keyIds()).rejects.toThrow(`status ${status}`);
      expect(google.requests).toHaveLength(1);
    },
  );

  test.each([
    ['that does not end', (response: ServerResponse) => flow(response, Buffer.alloc(65_536, 0x20))],
    [
      'that does not end once it is decompressed',
      (response: ServerResponse) => {
        response.setHeader('content-encoding', 'gzip');
        flow(response, gzipSync(Buffer.alloc(16_777_216, 0x20)));
      },
    ],
    [
      'of 10,000 keys',
      (response: ServerResponse) =>
        json(response, 200, { keys: Array.from({ length: 10_000 }, (_, n) => ({ ...google.key.jwk, kid: `${n}` })) }),
    ],
  ])('%s, and its connection ended', async (_what, send) => {
    const closed = new Promise<void>((resolve) =>
      answer((response) => {
        response.on('close', resolve);
        send(response);
      }),
    );
    await expect(keyIds()).rejects.toThrow('longer than 262144 bytes');
    await closed;
  });

  test.each([
    ['before its head', () => {}],
    ['in the middle', (response: ServerResponse) => response.write('{"keys":[')],
  ])('that stops %s, when its time is over', async (_what, send) => {
    const times: number[] = [];
    const { timeout } = AbortSignal;
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      times.push(ms);
      return timeout.call(AbortSignal, 50);
    });
    answer(send);
    await expect(keyIds()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(times).toEqual([5_000]);
  });
});

/** Writes as fast as it is read, until the other side has enough. */
function flow(response: ServerResponse, piece: Buffer): void {
  const write = (): void => {
    while (!response.destroyed && response.write(piece)) {}
  };
  response.on('drain', write);
  write();
}
