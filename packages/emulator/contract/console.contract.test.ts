import { parseDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, type Decision, type Explanation, startEmulator } from '../src/index.ts';
import type { InspectedToken } from '../src/watch/console/inspect-token.ts';
import type { Picture } from '../src/watch/console/layout.ts';
import type { ListedEdge } from '../src/watch/routes/edge-routes.ts';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { forgedTokens } from './forged-tokens.ts';

let echo: EchoCloud;
beforeAll(async () => {
  echo = await echoCloud();
});
afterAll(() => echo[Symbol.asyncDispose]());

const get = (path: string) => fetch(`${echo.cloud.url}${path}`, { redirect: 'manual' });
const json = async <T>(path: string) => (await (await get(path)).json()) as T;
const post = (body: unknown) =>
  fetch(`${echo.cloud.url}/run-edges/v1/tokens/inspect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const inspect = async (token: string) => (await (await post({ token })).json()) as InspectedToken;
const memberOf = (cloud: Cloud, name: string) => `serviceAccount:${cloud.service(name).listed().serviceAccount}`;
/** What each gate says, as `receiver status rule`. */
const answers = ({ gates }: InspectedToken) =>
  gates.map(({ receiver, status, rule }) => `${receiver} ${status} ${rule}`);

describe('the page', () => {
  test.each(['/', '/run-edges/console'])('%s leads to it', async (path) => {
    const response = await get(path);
    expect([response.status, response.headers.get('location')]).toEqual([302, '/run-edges/console/']);
  });

  test('runs its own scripts alone, and is framed by nobody', async () => {
    const response = await get('/run-edges/console/');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('everything that it and its scripts name is there', async () => {
    const seen = new Set<string>();
    const look = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const response = await get(`/run-edges/console/${file}`);
      expect(response.status, file).toBe(200);
      const text = await response.text();
      const named = [...text.matchAll(/(?:from '\.\/|href="|src=")([\w.]+)['"]/g)].map(([, name = '']) => name);
      await Promise.all(named.map(look));
    };
    await look('');
    expect([...seen].filter((file) => file.endsWith('.js')).length).toBeGreaterThan(5);
  });

  test.each(['tsconfig.json', 'index.htm', '..%2fpackage.json', '%2e%2e%2fREADME.md', '__proto__', 'main.js%00'])(
    'nothing else of its folder or of another: %s',
    async (file) => {
      const response = await get(`/run-edges/console/${file}`);
      expect([400, 404]).toContain(response.status);
      expect(await response.json()).toHaveProperty('error');
    },
  );
});

describe('the graph', () => {
  test('holds the declared calls, each a line between two boxes that do not overlap', async () => {
    const { nodes, edges, width, height } = await json<Picture>('/run-edges/v1/graph');
    expect(nodes.map(({ name }) => name)).toEqual(['anonymous', 'login', 'user-profiles', 'search']);
    expect(edges.map(({ caller, receiver, declared, granted }) => [caller, receiver, declared, granted])).toEqual([
      ['anonymous', 'login', true, true],
      ['login', 'user-profiles', true, true],
      ['user-profiles', 'search', true, true],
    ]);
    for (const { points } of edges) expect(points.length).toBeGreaterThan(1);
    for (const [index, a] of nodes.entries()) {
      expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width / 2).toBeLessThanOrEqual(width);
      expect(a.y + a.height / 2).toBeLessThanOrEqual(height);
      for (const b of nodes.slice(index + 1))
        expect(Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2).toBe(
          true,
        );
    }
  });

  test('what was granted beside the declaration, and what was taken, stands there as such', async () => {
    await using other = await echoCloud();
    const { policies } = other.cloud;
    const member = (name: string) => memberOf(other.cloud, name);
    policies.grant('services/search', 'roles/run.invoker', member('login'));
    policies.revoke('services/search', 'roles/run.invoker', member('user-profiles'));
    const { edges } = (await (await fetch(`${other.cloud.url}/run-edges/v1/graph`)).json()) as Picture;
    expect(edges.filter(({ receiver }) => receiver === 'search')).toEqual([
      expect.objectContaining({ caller: 'login', declared: false, granted: true }),
      expect.objectContaining({ caller: 'user-profiles', declared: true, granted: false }),
    ]);
  });
});

describe('a part of the graph', () => {
  test('is whoever has the name, with callers and receivers', async () => {
    const names = ({ nodes }: Picture) => nodes.map(({ name }) => name);
    expect(names(await json('/run-edges/v1/graph?about=search'))).toEqual(['user-profiles', 'search']);
    expect(names(await json('/run-edges/v1/graph?about=o'))).toEqual(['anonymous', 'login', 'user-profiles', 'search']);
    expect(names(await json('/run-edges/v1/graph?about=nobody'))).toEqual([]);
    expect(names(await json('/run-edges/v1/graph?about='))).toHaveLength(4);
  });

  test.each([`about=${'x'.repeat(101)}`, 'about=a&about=b'])('is not asked for with %s', async (query) => {
    expect((await get(`/run-edges/v1/graph?${query}`)).status).toBe(400);
  });
});

describe('the graph of a declaration with odd names', () => {
  test('services that JavaScript has names for are services', async () => {
    await using cloud = await startEmulator({
      edges: parseDeclaration(
        'services: { up: { public: true, calls: [constructor] }, constructor: {} }',
        'edges.yaml',
      ),
      fronts: { up: 'http://127.0.0.1:9', constructor: 'http://127.0.0.1:9' },
    });
    cloud.policies.grant('services/constructor', 'roles/run.invoker', memberOf(cloud, 'constructor'));
    const picture = (await (await fetch(`${cloud.url}/run-edges/v1/graph`)).json()) as Picture;
    expect(picture.edges.map(({ caller, receiver }) => `${caller} ${receiver}`)).toEqual([
      'anonymous up',
      'up constructor',
      'constructor constructor',
    ]);
    // A call to itself leaves its box and comes back to it.
    const box = picture.nodes.find(({ name }) => name === 'constructor');
    const side = (box?.x ?? 0) + (box?.width ?? 0) / 2;
    const loop = picture.edges.at(-1)?.points ?? [];
    expect([loop.at(0)?.x, loop.at(-1)?.x]).toEqual([side, side]);
    expect(Math.max(...loop.map(({ x }) => x))).toBeLessThanOrEqual(picture.width);
  });
});

describe('explanations', () => {
  test('say what the command line says', async () => {
    const explained = await json<Explanation>('/run-edges/v1/explanations?caller=login&receiver=search');
    expect(explained).toMatchObject({ verdict: 'forbidden', status: 403, mend: expect.stringContaining('gcloud run') });
    expect(explained.audiences[0]).toBe(echo.cloud.service('search').url);
    expect(await json('/run-edges/v1/explanations?caller=anonymous&receiver=login')).toMatchObject({ status: 200 });
  });

  test('name every member of the policy, whoever that is', async () => {
    await using other = await echoCloud();
    const { policies, url } = other.cloud;
    policies.grant('services/search', 'roles/run.invoker', 'user:ada@example.com');
    policies.grant('services/search', 'roles/run.viewer', 'user:eve@example.com');
    // The project's owner is one of them.
    const invokers = [memberOf(other.cloud, 'user-profiles'), 'user:ada@example.com', 'user:developer@example.com'];
    const asked = await fetch(`${url}/run-edges/v1/explanations?caller=login&receiver=search`);
    expect(await asked.json()).toMatchObject({ invokers });
    const listed = await fetch(`${url}/run-edges/v1/edges`);
    expect(await listed.json()).toMatchObject({
      invokers: { search: invokers },
      declared: ['anonymous login', 'login user-profiles', 'user-profiles search'],
    });
  });

  test('what is declared stands there though nothing is deployed', async () => {
    await using other = await echoCloud({ deployed: false });
    const listed = await fetch(`${other.cloud.url}/run-edges/v1/edges`);
    expect(await listed.json()).toMatchObject({
      declared: ['anonymous login', 'login user-profiles', 'user-profiles search'],
    });
  });

  test('agree with the gate where it checks no invoker', async () => {
    await using other = await echoCloud({ gate: { services: { search: { invokerIamDisabled: true } } } });
    const { url } = other.cloud;
    expect((await fetch(other.cloud.service('search').url)).status).toBe(200);
    const { edges } = (await (await fetch(`${url}/run-edges/v1/edges`)).json()) as { edges: ListedEdge[] };
    const search = edges.filter(({ receiver }) => receiver === 'search');
    expect(new Set(search.map(({ by }) => by))).toEqual(new Set(['no invoker check']));
    const asked = await fetch(`${url}/run-edges/v1/explanations?caller=anonymous&receiver=search`);
    expect(await asked.json()).toMatchObject({ verdict: 'allowed', invokers: ['allUsers'] });
  });

  test.each([
    ['caller=login&receiver=nobody', 404, 'no edge login -> nobody'],
    ['caller=constructor&receiver=search', 404, 'no edge'],
    ['caller=login&receiver=anonymous', 404, 'no edge'],
    ['caller=login', 400, 'receiver'],
    ['caller=&receiver=search', 400, 'caller'],
    ['caller=login&caller=search&receiver=search', 400, 'caller'],
  ])('%s: %i', async (query, status, message) => {
    const response = await get(`/run-edges/v1/explanations?${query}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining(message) } });
  });
});

describe('the token inspector', () => {
  const token = () => echo.cloud.idToken('login', echo.cloud.service('user-profiles').url);

  test('reads a good one and asks every gate', async () => {
    const inspected = await inspect(await token());
    expect(inspected).toMatchObject({
      header: { alg: 'RS256' },
      claims: { aud: echo.cloud.service('user-profiles').url, email: expect.stringContaining('login-run@') },
      signature: null,
    });
    expect(answers(inspected)).toEqual(['login 200 public', 'user-profiles 200 invoker', 'search 401 wrong-audience']);
    const [, , search] = inspected.gates;
    expect(search?.mend).toContain(echo.cloud.service('search').url);
  });

  test('takes the whole header as well as the token alone', async () => {
    const good = await token();
    const expected = await inspect(good);
    for (const pasted of [
      `Bearer ${good}`,
      ` Authorization: bearer ${good}\n`,
      `X-Serverless-Authorization: Bearer ${good}`,
    ])
      expect(answers(await inspect(pasted)), pasted.slice(0, 30)).toEqual(answers(expected));
  });

  test('warns of the header whose token nobody verifies on a public service', async () => {
    const [login] = (await inspect(`X-Serverless-Authorization: Bearer ${await token()}`)).gates;
    expect(login).toMatchObject({ receiver: 'login', reason: expect.stringContaining('anybody can forge') });
    const [other] = (await inspect(await token())).gates;
    expect(other?.reason).not.toContain('forge');
  });

  test('says of a forged one by which rule a gate refuses it', async () => {
    const jwks = await json<{ keys: [] }>('/oauth2/v3/certs');
    for (const [name, forged] of Object.entries(await forgedTokens(await token(), jwks))) {
      const [rule] = name.split(' ');
      const inspected = await inspect(forged);
      expect(answers(inspected), name).toContain(`user-profiles 401 ${rule}`);
      expect(inspected.signature, name).toBeTypeOf('string');
    }
  });

  test('rubbish is no token, and is answered as a gate would', async () => {
    const inspected = await inspect('<script>alert(1)</script>');
    expect(inspected.header).toBeUndefined();
    expect(inspected.claims).toBeUndefined();
    expect(answers(inspected)).toContain('search 401 access-token');
  });

  test('keeps nothing: no decision, no call, and no signature in the answer', async () => {
    const good = await token();
    const before = await json<{ decisions: Decision[] }>('/run-edges/v1/decisions');
    const text = await (await post({ token: good })).text();
    expect(text).not.toContain(good.split('.')[2]);
    expect(await json('/run-edges/v1/decisions')).toEqual(before);
    expect(await json('/run-edges/v1/calls')).toEqual({ calls: [] });
  });

  test.each([
    [{}, 400],
    [{ token: '' }, 400],
    [{ token: 'x'.repeat(20_000) }, 400],
    [[], 400],
  ])('refuses what is no question: %#', async (body, status) => {
    expect((await post(body)).status).toBe(status);
  });
});
