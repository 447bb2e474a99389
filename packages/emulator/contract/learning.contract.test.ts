import type { RequestListener } from 'node:http';
import { parseDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { forgedTokens } from './forged-tokens.ts';
import { type GateCloud, gateCloud } from './gate-cloud.ts';

const edges = `
services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [{ to: search, paths: [/find] }], ingress: internal }
  search: {}
jobs: { nightly: {} }
external: { payments: { url: "https://payments.example.com" } }
`;
const seen: string[] = [];
const echo: RequestListener = (request, response) => {
  seen.push(`${request.headers.authorization ?? request.headers['x-serverless-authorization'] ?? ''}`);
  response.end('from the app');
};

describe('gates that learn', () => {
  let here: GateCloud;
  beforeAll(async () => {
    here = await gateCloud({ edges, app: echo, learn: true });
  });
  afterAll(() => here[Symbol.asyncDispose]());

  async function call(receiver: string, headers: Record<string, string> = {}, path = '/') {
    const response = await fetch(new URL(path, here.url(receiver)), { headers });
    expect(await response.text()).toBe('from the app');
    return { status: response.status, ...here.newest() };
  }
  const as = async (caller: string, receiver: string, header = 'authorization') => ({
    [header]: `Bearer ${await here.cloud.idToken(caller, here.url(receiver))}`,
  });

  test.each([
    ['login', 'search', '/'],
    ['search', 'user-profiles', '/'],
    ['nightly', 'search', '/'],
    ['search', 'search', '/'],
    ['user-profiles', 'search', '/outside'],
  ])(
    '%s is let in to %s, known by its token, and told of as one that is not allowed',
    async (caller, receiver, path) => {
      const decision = await call(receiver, await as(caller, receiver), path);
      expect(decision).toMatchObject({ status: 200, caller, receiver, rule: 'learning' });
      expect(decision.reason).toContain('let in to learn; it would be 403 (not-an-invoker)');
      // What the container sees of the token is what it would see of an invoker's.
      expect(seen.at(-1)).toMatch(/\.SIGNATURE_REMOVED_BY_GOOGLE$|^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
    },
  );

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    // A name of the page's own may lead to this machine by now.
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'https://page.example' },
    { origin: 'null' },
  ])('a page in a browser is let in nowhere by that: %j', async (headers) => {
    const before = seen.length;
    const { status } = await fetch(here.url('search'), { method: 'POST', headers });
    expect({ status, rule: here.newest()?.rule }).toEqual({ status: 403, rule: 'no-credentials' });
    expect(seen).toHaveLength(before);
    // Where everybody may, so may it.
    expect(await call('login', headers)).toMatchObject({ status: 200, rule: 'public' });
  });

  test('who is allowed is told of as always', async () => {
    expect(await call('user-profiles', await as('login', 'user-profiles'))).toMatchObject({ rule: 'invoker' });
    expect(await call('search', await as('user-profiles', 'search'), '/find')).toMatchObject({ rule: 'invoker' });
    expect(await call('login', await as('search', 'login'))).toMatchObject({ rule: 'public', caller: 'search' });
    expect(await call('login')).toMatchObject({ rule: 'public', caller: 'anonymous' });
  });

  test('whoever shows nothing, or what is meant for others, is nobody', async () => {
    const nobody = { status: 200, rule: 'learning', caller: 'anonymous' };
    expect(await call('search')).toMatchObject(nobody);
    expect(await call('search', { authorization: 'Basic YTpi' })).toMatchObject(nobody);
    expect(await call('search', await as('login', 'user-profiles'))).toMatchObject(nobody);
    const elsewhere = await here.cloud.idToken('login', 'https://search.example.com');
    expect(await call('search', { authorization: `Bearer ${elsewhere}` })).toMatchObject(nobody);
  });

  test('forged tokens are let in and are nobody’s', async () => {
    const good = await here.cloud.idToken('login', here.url('search'));
    const keys = await (await fetch(`${here.cloud.url}/oauth2/v3/certs`)).json();
    const forged = Object.entries(await forgedTokens(good, keys as Parameters<typeof forgedTokens>[1]));
    expect(forged.length).toBeGreaterThan(10);
    for (const [how, token] of forged) {
      const decision = await call('search', { authorization: `Bearer ${token}` });
      expect(decision, how).toMatchObject({ caller: 'anonymous', rule: 'learning' });
      expect(decision.reason, how).toContain(`(${how.split(' ')[0]})`);
    }
  });

  test('what is no request is refused as ever, and no token stands in a decision', async () => {
    const { url } = here.cloud.service('search');
    expect((await fetch(url, { headers: { expect: 'the-impossible' } }).catch(() => undefined))?.status ?? 417).toBe(
      417,
    );
    const told = JSON.stringify(here.cloud.decisions.list());
    expect(told).not.toContain('eyJ');
  });

  test('a receiver of others learns as well', async () => {
    const [payments] = here.cloud.external;
    const token = await here.cloud.idToken('login', payments?.audience ?? '');
    await fetch(payments?.url ?? '', { headers: { authorization: `Bearer ${token}` } });
    expect(here.newest()).toMatchObject({ caller: 'login', receiver: 'payments', rule: 'learning' });
  });

  test('explain says what would be so without', async () => {
    const { reason } = (await (
      await fetch(`${here.cloud.url}/run-edges/v1/explain?caller=login&receiver=search`)
    ).json()) as { reason?: string };
    expect(JSON.stringify(reason ?? '')).not.toContain('learn');
  });
});

describe('is refused', () => {
  const declaration = parseDeclaration('services: { aa: {} }', 'edges.yaml');
  test.each([
    [{ host: '0.0.0.0' }, 'others reach 0.0.0.0'],
    [{ host: '::' }, 'others reach ::'],
    [{ host: '192.0.2.1' }, 'others reach 192.0.2.1'],
    [{ host: '127.0.0.1.example.com' }, 'others reach 127.0.0.1.example.com'],
    [{ names: ['my-machine.local'] }, 'others call this machine my-machine.local'],
    [{ networks: { port: 8080 } }, 'containers on networks reach the gates'],
    [{ deployed: false }, 'nothing is deployed'],
  ])('with %j', async (options, said) => {
    await expect(startEmulator({ edges: declaration, learn: true, ...options })).rejects.toThrow(
      `The option learn cannot be true where ${said}.`,
    );
  });

  test.each(['K_SERVICE', 'K_REVISION', 'CLOUD_RUN_JOB', 'CLOUD_RUN_WORKER_POOL'])('where %s is set', async (name) => {
    process.env[name] = '';
    try {
      await expect(startEmulator({ edges: declaration, learn: true })).rejects.toThrow(`where ${name} is set`);
    } finally {
      delete process.env[name];
    }
  });

  test('unless it is asked for in so many words', async () => {
    await expect(startEmulator({ edges: declaration, learn: 'true' as never })).rejects.toThrow(
      'option learn cannot be',
    );
    await using here = await gateCloud({ edges, app: echo });
    expect((await fetch(here.url('search'))).status).toBe(403);
  });
});
