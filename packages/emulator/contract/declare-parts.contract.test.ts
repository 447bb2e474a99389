import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DeclaringCloud, type DeclaringOptions, declaringCloud } from './declaring-cloud.ts';

async function clouds(edges: string, options: DeclaringOptions = {}): Promise<DeclaringCloud> {
  const made = await declaringCloud(edges, options);
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const two = `
services:
  login: { calls: [search] }
  search: {}
`;

describe('a declaration that is none', () => {
  test.each([
    ['no declaration', { file: 'edges.yaml' }],
    [
      'a public that is a text',
      { ...parseDeclaration(two, 'edges.yaml'), services: [{ name: 'login', public: 'false' }] },
    ],
    [
      'a receiver of others that is a service of its own',
      parseDeclaration(
        `${two}  mail: { calls: [self] }\nexternal: { self: { url: https://login-100000000001.us-central1.run.app } }\n`,
        'edges.yaml',
      ),
    ],
  ])('%s: is refused, and everything is as it was', async (_what, given) => {
    const { cloud, call, policies } = await clouds(two);
    const before = [cloud.declaration, policies(), cloud.services.map(({ name, url }) => [name, url])];
    await expect(cloud.declare(given as never)).rejects.toThrow();
    expect([cloud.declaration, policies(), cloud.services.map(({ name, url }) => [name, url])]).toEqual(before);
    expect(await call('login', 'search')).toBe(200);
  });

  test('two at once: the last one counts', async () => {
    const { cloud, allowed } = await clouds(two);
    const read = (text: string) => parseDeclaration(text, 'edges.yaml');
    await Promise.all([
      cloud.declare(read(`${two}  mail: { calls: [login] }\n`)),
      cloud.declare(read(two.replace('[search]', '[]'))),
      cloud.declare(read(two.replace('search: {}', 'search: { calls: [login] }'))),
    ]);
    expect(cloud.services.map(({ name }) => name)).toEqual(['login', 'search']);
    expect(await allowed()).toEqual(['search login', 'login search']);
  });
});

describe('callers that are no services', () => {
  test('come with tokens, rows and names in decisions, and go', async () => {
    const { cloud, call, declare, allowed } = await clouds(two);
    const pool = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/subject/main';
    const more = `${two}principals:
  ada: { member: "user:ada@example.com", calls: [search] }
  crew: { member: "group:crew@example.com", calls: [search] }
  partner: { member: "serviceAccount:b@other-project.iam.gserviceaccount.com", calls: [search] }
  ci: { member: "${pool}", calls: [search] }
`;
    await declare(more);
    for (const caller of ['ada', 'crew', 'partner', 'ci']) {
      expect(await call(caller, 'search'), caller).toBe(200);
      expect(cloud.decisions.list().at(-1)?.caller).toContain(caller);
      expect(await call(caller, 'login'), caller).toBe(403);
    }
    expect(await allowed()).toEqual(
      expect.arrayContaining(['ada search', 'crew search', 'partner search', 'ci search']),
    );
    const tokens = await cloud.idToken('partner', cloud.service('search').url);
    await declare(two);
    expect(await allowed()).toEqual(['login search']);
    await expect(cloud.idToken('partner', 'x')).rejects.toMatchObject({ code: 'UNKNOWN_PRINCIPAL' });
    const headers = { authorization: `Bearer ${tokens}` };
    expect((await fetch(cloud.service('search').url, { headers })).status).toBeGreaterThan(400);
  });
});

describe('receivers that others own', () => {
  const tax = (url: string) => `${two.replace('[search]', '[search, tax]')}external: { tax: { url: "${url}" } }\n`;

  test('come with a gate, change under it, go, and come back to where they were', async () => {
    const { cloud, call, declare } = await clouds(two);
    await declare(tax('https://tax.example.net'));
    const [first] = cloud.external;
    expect(first).toMatchObject({ name: 'tax', standsFor: 'https://tax.example.net' });
    expect(cloud.service('login').env.TAX_URL).toBe(first?.url);
    expect(await call('login', 'tax', 'https://tax.example.net')).toBe(200);
    expect(await call('search', 'tax', 'https://tax.example.net')).toBe(403);

    await declare(tax('https://taxes.example.net'));
    expect(cloud.external[0]).toMatchObject({ url: first?.url, standsFor: 'https://taxes.example.net' });
    expect(await call('login', 'tax', 'https://taxes.example.net')).toBe(200);
    expect(await call('login', 'tax', 'https://tax.example.net')).toBe(401);

    const headers = { authorization: `Bearer ${await cloud.idToken('login', 'https://taxes.example.net')}` };
    await declare(two);
    expect(cloud.external).toEqual([]);
    expect((await fetch(first?.url ?? '', { headers })).status).toBe(404);
    expect(cloud.service('login').env).not.toHaveProperty('TAX_URL');
    await declare(tax('https://tax.example.net'));
    expect(cloud.external[0]?.url).toBe(first?.url);
  });
});

describe('jobs and worker pools', () => {
  const more = `${two}jobs: { audit: { calls: [search] } }\nworkerPools: { mail: { calls: [login] } }\n`;

  test('come, change and go', async () => {
    const { cloud, call, declare, allowed } = await clouds(two);
    expect(await declare(more)).toEqual([]);
    expect(await allowed()).toEqual(expect.arrayContaining(['audit search', 'mail login']));
    expect(await call('mail', 'login')).toBe(200);
    expect(await call('audit', 'login')).toBe(403);
    await declare(more.replace('mail: { calls: [login] }', 'mail: { calls: [login, search] }'));
    expect(await call('mail', 'search')).toBe(200);
    await declare(two);
    expect(await allowed()).toEqual(['login search']);
    expect(cloud.principals.map(({ name }) => name)).toEqual(['login', 'search', 'stranger']);
  });

  test('a name that was a job may be a service', async () => {
    const { call, declare, allowed } = await clouds(more);
    await declare(
      `${two}  audit: { calls: [search] }\n`.replace('login: { calls: [search]', 'login: { calls: [search, audit]'),
    );
    expect(await call('login', 'audit')).toBe(200);
    expect(await allowed()).toEqual(expect.arrayContaining(['audit search', 'login audit']));
  });
});

test('the order is the one of the last file', async () => {
  const { cloud, declare } = await clouds(two);
  await declare('services: { mail: {}, search: {}, login: { calls: [search] } }');
  expect(cloud.services.map(({ name }) => name)).toEqual(['mail', 'search', 'login']);
});

test('in an empty project nothing is deployed by another declaration', async () => {
  const { cloud, declare, policies } = await clouds(two, { deployed: false });
  const before = policies();
  expect(await declare(`${two}  mail: { calls: [search] }\n`)).toEqual([]);
  expect(cloud.services).toEqual([]);
  expect(policies()).toEqual(before);
  expect(cloud.declaration.services).toHaveLength(3);
});
