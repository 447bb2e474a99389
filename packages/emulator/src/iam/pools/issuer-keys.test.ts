import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTVerifyGetKey } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { discoverKeys, issuerKeys } from './issuer-keys.ts';

async function serving(answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
}

const { publicKey } = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256' };
const find = (keys: JWTVerifyGetKey, kid: string) => keys({ alg: 'RS256', kid }, { payload: '', signature: '' });

/** An issuer whose keys have these ids, counted when it is asked. */
async function issuer(kids: string[]) {
  const clock = { passed: 1e6 };
  let asked = 0;
  const url = await serving((_request, response) => {
    asked++;
    response.end(JSON.stringify({ keys: kids.map((kid) => ({ ...jwk, kid })) }));
  });
  return {
    clock,
    kids,
    asked: () => asked,
    keys: issuerKeys(
      async () => url,
      () => clock.passed,
    ),
  };
}

test('are asked for once, however many ask at once, and kept', async () => {
  const { keys, asked } = await issuer(['a']);
  await Promise.all(Array.from({ length: 10 }, () => find(keys, 'a')));
  await find(keys, 'a');
  expect(asked()).toBe(1);
});

test('that are made up do not make it ask all the time, and keep no new, true one out', async () => {
  const { clock, kids, keys, asked } = await issuer(['a']);
  await find(keys, 'a');
  for (let time = 0; time < 50; time++) await expect(find(keys, `made-up-${time}`)).rejects.toThrow();
  expect(asked()).toBe(1);
  kids.push('b');
  await expect(find(keys, 'b')).rejects.toThrow();
  clock.passed += 1000;
  await find(keys, 'b');
  expect(asked()).toBe(2);
});

test('that were withdrawn are gone in time', async () => {
  const { clock, kids, keys } = await issuer(['a']);
  await find(keys, 'a');
  kids.splice(0, 1, 'b');
  clock.passed += 600_001;
  await expect(find(keys, 'a')).rejects.toThrow();
  await find(keys, 'b');
});

test('an issuer that comes back is asked again', async () => {
  let up = false;
  const url = await serving((_request, response) =>
    up ? response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'a' }] })) : response.writeHead(503).end(),
  );
  const keys = issuerKeys(
    async () => url,
    () => 0,
  );
  await expect(find(keys, 'a')).rejects.toThrow('503');
  up = true;
  await find(keys, 'a');
});

test.each<[string, RequestListener]>([
  ['without end', (_request, response) => void setInterval(() => response.write('a'.repeat(65_536)), 1).unref()],
  ['of 100,000 keys', (_request, response) => void response.end(`{"keys":[${'{},'.repeat(99_999)}{}]}`)],
  ['of 101 keys', (_request, response) => void response.end(`{"keys":[${'{},'.repeat(100)}{}]}`)],
  ['that is no JSON', (_request, response) => void response.end('<html>')],
  ['that is null', (_request, response) => void response.end('null')],
  ['that leads elsewhere', (_request, response) => void response.writeHead(302, { location: '/other' }).end()],
])('a key set %s is refused', async (_what, answer) => {
  const url = await serving(answer);
  await expect(
    find(
      issuerKeys(
        async () => url,
        () => 0,
      ),
      'a',
    ),
  ).rejects.toThrow();
});

test('are looked for where the issuer says', async () => {
  const url = await serving((request, response) =>
    response.end(request.url === '/.well-known/openid-configuration' ? '{"jwks_uri":"https://a.example/k"}' : '{}'),
  );
  expect((await discoverKeys(`${url.origin}/`)).href).toBe('https://a.example/k');
  await expect(discoverKeys(`${url.origin}/elsewhere`)).rejects.toThrow();
});
