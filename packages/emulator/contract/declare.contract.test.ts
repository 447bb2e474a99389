import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Decision } from '../src/index.ts';
import { type DeclaringCloud, type DeclaringOptions, declaringCloud } from './declaring-cloud.ts';

async function clouds(edges: string, options: DeclaringOptions = {}): Promise<DeclaringCloud> {
  const made = await declaringCloud(edges, options);
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const three = `
services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [search] }
  search: {}
`;

describe('another declaration', () => {
  test('adds an edge: the gate, the matrix and the environment have it', async () => {
    const { cloud, call, declare, allowed } = await clouds(three);
    expect(await call('login', 'search')).toBe(403);
    expect(await declare(three.replace('calls: [user-profiles]', 'calls: [user-profiles, search]'))).toEqual([]);
    expect(await call('login', 'search')).toBe(200);
    expect(await allowed()).toContain('login search');
    expect(cloud.service('login').env).toMatchObject({ SEARCH_URL: cloud.service('search').url });
    expect(cloud.service('search').env.ALLOWED_CALLERS?.split(',')).toHaveLength(2);
  });

  test('takes an edge away', async () => {
    const { cloud, call, declare, allowed } = await clouds(three);
    expect(await call('user-profiles', 'search')).toBe(200);
    await declare(three.replace('calls: [search]', 'calls: []'));
    expect(await call('user-profiles', 'search')).toBe(403);
    expect(await allowed()).not.toContain('user-profiles search');
    expect(cloud.service('user-profiles').env).not.toHaveProperty('SEARCH_URL');
    expect(cloud.service('search').env.ALLOWED_CALLERS).toBe('');
  });

  test('adds a service on a port of its own; those that were there keep theirs', async () => {
    const { cloud, call, declare } = await clouds(three);
    const before = cloud.services.map(({ name, url }) => [name, url]);
    await declare(
      `${three}  mail: { calls: [search] }\n`.replace('[search] }\n  search', '[search, mail] }\n  search'),
    );
    expect(cloud.services.map(({ name, url }) => [name, url])).toEqual([...before, ['mail', expect.any(String)]]);
    expect(await call('user-profiles', 'mail')).toBe(200);
    expect(await call('mail', 'search')).toBe(200);
    expect(await call('login', 'mail')).toBe(403);
    expect(await call('stranger', 'mail')).toBe(403);
  });
});

const all = ['login', 'user-profiles', 'search'];

describe('what is under way', () => {
  const changes: readonly (readonly [what: string, edges: string, asked: readonly string[]])[] = [
    ['an edge more', three.replace('search: {}', 'search: { calls: [login] }'), all],
    ['an edge less', three.replace('calls: [search]', 'calls: []'), all],
    ['a service less', three.replace('  search: {}\n', '').replace('calls: [search]', 'calls: []'), all],
    ['a service that is public now', three.replace('search: {}', 'search: { public: true }'), all],
    ['other regions', three.replace('search: {}', 'search: { regions: [europe-west1] }'), all],
    ['another account', three.replace('search: {}', 'search: { serviceAccount: finder-run }'), all],
  ];

  test.each(changes)('%s: ends as it began', async (_what, edges, asked) => {
    const held = Promise.withResolvers<void>();
    let waiting = 0;
    const everybody = Promise.withResolvers<void>();
    const { cloud, declare } = await clouds(three.replace('search: {}', 'search: { calls: [search] }'), {
      async app(_request, response) {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write('first ');
        if (++waiting === asked.length) everybody.resolve();
        await held.promise;
        response.end('last');
      },
    });
    const answers = asked.map(async (name) => {
      const { url } = cloud.service(name);
      const caller = { login: 'stranger', 'user-profiles': 'login', search: 'user-profiles' }[name] ?? '';
      const authorization = `Bearer ${await cloud.idToken(caller, url)}`;
      const response = await fetch(url, { headers: { authorization } });
      return [response.status, await response.text()];
    });
    await everybody.promise;
    expect(await declare(edges)).toEqual([]);
    held.resolve();
    expect(await Promise.all(answers)).toEqual(asked.map(() => [200, 'first last']));
  });
});

test('whoever follows the decisions with changes=1 is told that there is another, and nobody else is', async () => {
  const { cloud, declare } = await clouds(three);
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  const streams = await Promise.all(
    ['follow=1&changes=1', 'follow=1'].map((query) =>
      fetch(`${cloud.url}/run-edges/v1/decisions?${query}`, { signal: gone.signal }),
    ),
  );
  const [told, untold] = streams.map(({ body }) => body?.pipeThrough(new TextDecoderStream()).getReader());
  await declare(three.replace('search: {}', 'search: { public: true }'));
  let heard = '';
  while (!heard.includes('\n\nevent: changed\ndata: {}\n\n')) heard += (await told?.read())?.value;
  cloud.decisions.add({ ...decision, path: '/after' });
  let other = '';
  while (!other.includes('/after')) other += (await untold?.read())?.value;
  expect(other).not.toContain('changed');
});

const decision: Decision = {
  time: '2026-01-01T00:00:00.000Z',
  trace: 'a'.repeat(32),
  log: '',
  caller: 'anonymous',
  receiver: 'search',
  method: 'GET',
  path: '/',
  status: 200,
  rule: 'invoker',
  reason: '',
  mend: '',
};

test('what fails at once, while state is still being saved, is told as whatever fails later is', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'run-edges-declare-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', hear);
  onTestFinished(() => void process.off('unhandledRejection', hear));
  const { declare } = await clouds(three, { stateDir });
  const failed = await declare(`${three}  nowhere: { source: no-such-folder }\n`);
  expect(failed.map(({ name }) => name)).toEqual(['nowhere']);
  expect(unheard).toEqual([]);
});

test('what stops takes no other declaration, and opens nothing more', async () => {
  const { cloud, read } = await clouds(three);
  const next = read(
    `${three}external:\n  payments: { url: https://payments.example.com, audience: https://a.example.com }\n`,
  );
  const servers = () => process.getActiveResourcesInfo().filter((one) => one === 'TCPServerWrap').length;
  // Asked for, and not yet looked at, when the end begins.
  const late = cloud.declare(next);
  const stopping = cloud.stop();
  await expect(late).rejects.toMatchObject({ code: 'STOPPING' });
  await stopping;
  const before = servers();
  await expect(cloud.declare(next)).rejects.toMatchObject({ code: 'STOPPING' });
  expect([servers(), cloud.external]).toEqual([before, []]);
});
