import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { type Answer, ask, type SentHeader } from '../testing/ask.ts';
import { ALICE, type LocalGoogle, mint, signingKey, signRaw, startGoogle } from '../testing/google.ts';
import { GUARDS, type GuardedServer, startGuarded } from '../testing/guards.ts';
import type { GuardOptions } from './gatekeeper.ts';

const AUDIENCE = 'https://search.example';
const BOB = 'bob-run@demo.iam.gserviceaccount.com';
const MALLORY = 'mallory-run@demo.iam.gserviceaccount.com';

const google: LocalGoogle = await startGoogle();
afterAll(() => google[Symbol.asyncDispose]());

const options = (more: object = {}): GuardOptions =>
  ({
    mode: 'signature',
    audience: AUDIENCE,
    allowedCallers: [ALICE, BOB],
    jwksUri: google.jwksUri,
    onRefusal: () => {},
    ...more,
  }) as GuardOptions;

const strip = (token: string): string => `${token.slice(0, token.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;

async function hs256(): Promise<string> {
  const key = await exportSPKI((await importJWK(google.key.jwk, 'RS256')) as CryptoKey);
  const [, payload] = (await mint(google.key, { aud: AUDIENCE })).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: google.key.jwk.kid, typ: 'JWT' })).toString(
    'base64url',
  );
  return `${header}.${payload}.${createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url')}`;
}

/** What is sent, by what is wrong with it. */
async function attacks(): Promise<Record<string, readonly SentHeader[]>> {
  const now = Math.floor(Date.now() / 1000);
  const sign = (claims: object = {}): Promise<string> => mint(google.key, { aud: AUDIENCE, ...claims });
  const alice = await sign();
  const bearer = (token: string, name = 'Authorization'): SentHeader => [name, `Bearer ${token}`];
  const payload = Buffer.from(alice.split('.')[1] ?? '', 'base64url').toString();
  return {
    'no token': [],
    'no value': [['Authorization', '']],
    garbage: [bearer('garbage')],
    'another scheme': [['Authorization', 'Basic YTpi']],
    'no token behind the scheme': [['Authorization', 'Bearer']],
    'a no-break space behind the scheme': [['Authorization', `Bearer\u00a0${alice}`]],
    'two tokens in one header': [bearer(`${alice}, ${alice}`)],
    'two schemes in one header': [bearer(`${alice}, Bearer ${alice}`)],
    'two headers, both good': [bearer(alice), bearer(alice)],
    'two headers, the first good': [bearer(alice), bearer('x')],
    'two headers, the last good': [bearer('x'), bearer(alice, 'authorization')],
    'two headers, the first empty': [['Authorization', ''], bearer(alice)],
    'the other header alone': [bearer(alice, 'X-Serverless-Authorization')],
    'an end that is over': [bearer(await sign({ exp: now - 3600, iat: now - 7200 }))],
    'a beginning yet to come': [bearer(await sign({ iat: now + 3600, exp: now + 7200 }))],
    'another audience': [bearer(await sign({ aud: 'https://other.example' }))],
    'several audiences': [bearer(await sign({ aud: [AUDIENCE] }))],
    'another issuer': [bearer(await sign({ iss: 'https://evil.example' }))],
    'no address': [bearer(await sign({ email: undefined }))],
    'an address that is not verified': [bearer(await sign({ email_verified: false }))],
    'a caller who is not allowed': [bearer(await sign({ email: MALLORY }))],
    'a secret in place of a key': [bearer(await hs256())],
    'no algorithm': [
      bearer(await signRaw(google.key, JSON.stringify({ alg: 'none', kid: google.key.jwk.kid }), payload)),
    ],
    'the key of another': [bearer(await mint(await signingKey(google.key.jwk.kid), { aud: AUDIENCE }))],
    'an unknown key': [bearer(await mint(await signingKey('unknown'), { aud: AUDIENCE }))],
    'no signature': [bearer(strip(alice))],
    'no signature, in the header of the front end': [bearer(strip(alice), 'X-Serverless-Authorization')],
    'a token of 9 KB': [bearer(`${alice}${'x'.repeat(9_000)}`)],
    'an access token': [bearer('ya29.a0AfH6SMB')],
  };
}

/** What a caller is told: all but the date and what keeps the connection. Of what is let in, the answer is the handler's. */
function told({ status, headers, body }: Answer): unknown {
  if (status === 200) return { status, body };
  const named = ['www-authenticate', 'retry-after', 'content-type', 'content-length'];
  return { status, body, ...Object.fromEntries(named.map((name) => [name, headers[name]])) };
}

const sent = await attacks();

const started = async (more: object = {}): Promise<Map<string, GuardedServer>> => {
  const servers = new Map<string, GuardedServer>();
  for (const name of GUARDS) servers.set(name, await startGuarded(name, options(more)));
  return servers;
};
const stop = async (servers: Map<string, GuardedServer>): Promise<void> => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
};

/** The options of a guard, and what is no attack there. */
const CONFIGURED: Record<string, readonly [options: object, letIn: readonly string[]]> = {
  "mode 'signature'": [{}, []],
  "mode 'signature', public": [{ public: true }, []],
  "mode 'signature', the other header": [{ header: 'x-serverless-authorization' }, ['the other header alone']],
  "mode 'cloud-run'": [
    { mode: 'cloud-run' },
    ['the other header alone', 'no signature, in the header of the front end'],
  ],
};

describe.each(Object.entries(CONFIGURED))('%s', (_name, [more, letIn]) => {
  let servers: Map<string, GuardedServer>;
  const right = new Map<string, Answer>();
  beforeAll(async () => {
    vi.stubEnv('K_SERVICE', 'search');
    servers = await started(more);
    vi.unstubAllEnvs();
    for (const [what, headers] of Object.entries(sent))
      right.set(what, await ask({ ...(servers.get('Fastify') as GuardedServer), path: '/who', headers }));
  });
  afterAll(() => stop(servers));

  test('Fastify lets in who has a right to', () => {
    expect([...right].filter(([, { status }]) => status === 200).map(([what]) => what)).toEqual(letIn);
    expect(servers.get('Fastify')?.seen).toHaveLength(letIn.length);
  });

  test.each(GUARDS.filter((name) => name !== 'Fastify'))('%s answers each attack as Fastify does', async (name) => {
    const server = servers.get(name) as GuardedServer;
    for (const [what, headers] of Object.entries(sent)) {
      const answer = await ask({ ...server, path: '/who', headers });
      expect(told(answer), what).toEqual(told(right.get(what) as Answer));
      expect(server.seen.splice(0), what).toHaveLength(letIn.includes(what) ? 1 : 0);
    }
  });
});

describe.each(GUARDS)('%s', (name) => {
  let server: GuardedServer;
  beforeAll(async () => {
    server = await startGuarded(name, options());
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const get = async (path: string, email?: string): Promise<Answer> => {
    const token = email && (await mint(google.key, { aud: AUDIENCE, email }));
    return ask({ ...server, path, headers: token ? [['authorization', `Bearer ${token}`]] : [] });
  };

  test('puts the caller where the framework has such things, the first time and from memory', async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answer = await get('/who', ALICE);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { email: ALICE, verified: true }]);
    }
    expect(server.seen.map((caller) => caller?.email)).toEqual([ALICE, ALICE]);
  });

  test('narrows who may call a route', async () => {
    server.seen.length = 0;
    const bob = await get('/alice', BOB);
    expect([bob.status, bob.headers['www-authenticate']]).toEqual([403, 'Bearer error="insufficient_scope"']);
    expect(server.seen).toEqual([]);
    expect((await get('/alice', ALICE)).status).toBe(200);
    expect((await get('/who', BOB)).status).toBe(200);
    expect((await get('/alice')).status).toBe(401);
  });

  test('leaves a route to anybody that says so; nobody is its caller', async () => {
    for (const email of [undefined, ALICE]) expect((await get('/open', email)).status).toBe(200);
    expect(server.seen.slice(-2)).toEqual([undefined, undefined]);
  });
});

test.each(GUARDS)('%s answers 503 where the keys cannot be had, to be tried again', async (name) => {
  await using server = await startGuarded(name, options({ jwksUri: `${google.origin}/nowhere` }));
  const headers: SentHeader[] = [['authorization', `Bearer ${await mint(google.key, { aud: AUDIENCE })}`]];
  const answer = await ask({ ...server, path: '/who', headers });
  expect(told(answer)).toMatchObject({
    status: 503,
    'retry-after': '1',
    'www-authenticate': undefined,
    body: JSON.stringify({ type: 'about:blank', title: 'Service Unavailable', status: 503 }),
  });
  expect(server.seen).toEqual([]);
});
