import { parseDeclaration } from '@run-edges/edges';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListedEdges } from '../src/index.ts';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';

const pool = 'iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/gh';
const ci = `principalSet://${pool}/attribute.repository/acme/app`;
const edges = `
services: { open: { public: true }, closed: { calls: [] } }
principals:
  billing: { member: "serviceAccount:billing@other.iam.gserviceaccount.com", calls: [closed] }
  bot: { member: "serviceAccount:bot@other.iam.gserviceaccount.com" }
  oncall: { member: "user:ada@example.org", calls: [{ to: closed, until: 2026-01-31 }] }
  support: { member: "group:support@example.com", calls: [closed] }
  staff: { member: "domain:example.com" }
  ci: { member: "${ci}", calls: [closed] }
`;

let gates: GateCloud;
let clock = Date.parse('2026-01-31T12:00:00Z') / 1000;
beforeAll(async () => {
  gates = await gateCloud({
    edges,
    app: (_request, response) => response.end('in'),
    now: () => clock,
    groups: { 'support@example.com': ['serviceAccount:bot@other.iam.gserviceaccount.com', 'user:grace@example.net'] },
  });
});
afterAll(() => gates[Symbol.asyncDispose]());

const asked = (audience: unknown) => JSON.stringify({ audience });

async function ask(name: string, headers: Record<string, string>, body = asked('https://a.example')) {
  const url = `${gates.cloud.url}/run-edges/v1/callers/${name}/id-token`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as AnswerBody, headers: answer.headers };
}
interface AnswerBody {
  readonly token: string;
  readonly error: { readonly message: string };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const developer = () => bearer(gates.cloud.developerToken);

async function invoke(name: string): Promise<number> {
  const url = gates.url('closed');
  const token = await gates.cloud.idToken(name, url);
  return (await rawRequest(`${url}/x`, ['Authorization', `Bearer ${token}`])).status;
}

describe('an ID token of a declared caller', () => {
  test('is its own, for whom it asks', async () => {
    const claims = async (name: string) => {
      const { status, body, headers } = await ask(name, developer());
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      return decodeJwt(body.token);
    };
    const account = 'https://a.example';
    expect(await claims('billing')).toMatchObject({ aud: account, email: 'billing@other.iam.gserviceaccount.com' });
    expect(await claims('ci')).toMatchObject({ aud: account, email: 'ci-run@run-edges-local.iam.gserviceaccount.com' });
    expect(await claims('oncall')).toMatchObject({
      aud: expect.stringMatching(/^32555940559\./),
      email: 'ada@example.org',
    });
    // A user of the group who is nobody else; a domain has one made.
    expect(await claims('support')).toMatchObject({ email: 'grace@example.net' });
    expect(await claims('staff')).toMatchObject({ email: 'run-edges-member@example.com' });
    expect(await claims('closed')).toMatchObject({ aud: account, email: expect.stringContaining('closed-run@') });
  });

  test('is given to the developer alone, whoever else asks, and wherever from', async () => {
    const { cloud } = gates;
    for (const headers of [
      {},
      bearer('x'),
      bearer(await cloud.idToken('closed', cloud.url)),
      bearer((await cloud.userCredentials('developer@example.com')).refresh_token),
      { 'x-serverless-authorization': `Bearer ${cloud.developerToken}` },
    ])
      expect((await ask('billing', headers)).status, Object.keys(headers)[0]).toBe(401);
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await ask('billing', { ...developer(), ...headers })).status, JSON.stringify(headers)).toBe(403);
  });

  test('is of nobody who is not declared', async () => {
    for (const name of ['nobody', 'anonymous', 'constructor', '__proto__', 'Billing'])
      expect((await ask(name, developer())).status, name).toBe(404);
    await expect(gates.cloud.idToken('nobody', 'https://a.example')).rejects.toMatchObject({
      code: 'UNKNOWN_PRINCIPAL',
    });
  });

  test.each([
    asked(''),
    asked(7),
    asked(undefined),
    asked('x'.repeat(2001)),
    '[]',
    'null',
    '{',
    '{"audience":"a","x":1}',
  ])('is not made of %s', async (body) => {
    expect((await ask('billing', developer(), body)).status).toBe(400);
  });

  test('is refused to who may not act as its account any more, with what refused it', async () => {
    const { cloud } = gates;
    const account = 'serviceAccounts/ci-run@run-edges-local.iam.gserviceaccount.com' as const;
    expect(cloud.policies.read(account).bindings).toEqual([{ role: 'roles/iam.workloadIdentityUser', members: [ci] }]);
    expect(await invoke('ci')).toBe(200);
    cloud.policies.revoke(account, 'roles/iam.workloadIdentityUser', ci);
    const { status, body } = await ask('ci', developer());
    expect(status).toBe(403);
    expect(body.error.message).toMatch(/^ci gets no ID token: .*:generateIdToken answers 403: Permission 'iam\.serv/);
    await expect(cloud.idToken('ci', 'https://a.example')).rejects.toMatchObject({ code: 'NO_ID_TOKEN' });
    cloud.policies.grant(account, 'roles/iam.workloadIdentityUser', ci);
    expect(await invoke('ci')).toBe(200);
  });
});

describe('the gate', () => {
  test('lets each in by its member, and nobody else', async () => {
    for (const name of ['billing', 'oncall', 'support', 'ci']) expect(await invoke(name), name).toBe(200);
    for (const name of ['staff', 'open', 'closed', 'stranger']) expect(await invoke(name), name).toBe(403);
  });

  test('names who came in for a group, and tells where a refused caller is declared', async () => {
    // An account that is declared and in a group: its own name comes first.
    expect(await invoke('bot')).toBe(200);
    expect(gates.newest()).toMatchObject({ caller: 'bot', reason: expect.stringContaining('is in it') });
    await invoke('support');
    expect(gates.newest()).toMatchObject({ caller: 'support (grace@example.net, in group:support@example.com)' });
    await invoke('staff');
    expect(gates.newest()).toMatchObject({
      caller: 'staff (run-edges-member@example.com, in domain:example.com)',
      mend: expect.stringMatching(/^If staff should call closed, add closed to its calls in edges\.yaml/),
    });
  });

  test('refuses from the end of the last day on', async () => {
    const at = async (time: string) => {
      clock = Date.parse(time) / 1000;
      return invoke('oncall');
    };
    expect(await at('2026-01-31T23:59:59Z')).toBe(200);
    expect(await at('2026-02-01T00:00:00Z')).toBe(403);
    expect(gates.newest()?.reason).toContain('run-edges: until 2026-01-31');
    clock = Date.parse('2026-01-31T12:00:00Z') / 1000;
  });

  test('takes an account of another project for none of this one', async () => {
    await using inner = await gateCloud({
      edges: `services: { inner: { ingress: internal } }
principals: { billing: { member: "serviceAccount:billing@other.iam.gserviceaccount.com", calls: [inner] } }`,
      app: (_request, response) => response.end('in'),
    });
    const url = inner.url('inner');
    const token = await inner.cloud.idToken('billing', url);
    expect((await rawRequest(url, ['Authorization', `Bearer ${token}`])).status).toBe(404);
    expect(inner.newest()?.rule).toBe('ingress');
  });

  test('knows no account of another project that is not declared', async () => {
    await using other = await gateCloud({ app: (_request, response) => response.end('in') });
    const token = await gates.cloud.idToken('billing', other.url('closed'));
    expect((await rawRequest(other.url('closed'), ['Authorization', `Bearer ${token}`])).status).toBe(401);
  });
});

test('the project of an old file has nothing more than it had', async () => {
  await using old = await gateCloud({ app: (_request, response) => response.end('in') });
  const { declaration, policies } = old.cloud;
  expect(declaration).toEqual({
    ...parseDeclaration('services: { open: { public: true, calls: [closed] }, closed: {} }', 'edges.yaml'),
  });
  expect([...policies.entries()].map(([resource]) => resource).sort()).toEqual([
    'project',
    'services/closed',
    'services/open',
  ]);
});

test('edges are listed with what their callers are', async () => {
  const { edges: listed } = (await (await fetch(`${gates.cloud.url}/run-edges/v1/edges`)).json()) as ListedEdges;
  const closed = listed.filter(({ receiver }) => receiver === 'closed');
  expect(closed.map(({ caller, kind, by }) => `${caller} ${kind} ${by}`)).toEqual([
    'anonymous anonymous null',
    'open service null',
    'closed service null',
    'billing principal serviceAccount:billing@other.iam.gserviceaccount.com',
    'bot principal group:support@example.com',
    'oncall principal user:ada@example.org',
    'support principal group:support@example.com',
    'staff principal null',
    'ci principal serviceAccount:ci-run@run-edges-local.iam.gserviceaccount.com',
    'stranger stranger null',
  ]);
});
