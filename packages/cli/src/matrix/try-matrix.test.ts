import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { matrix, parseDeclaration } from '@run-edges/edges';
import { afterEach, describe, expect, test } from 'vitest';
import { renderMatrix } from './render-matrix.ts';
import type { Target } from './target.ts';
import { asDeclared, tryMatrix } from './try-matrix.ts';

const declaration = parseDeclaration('services:\n  open: { public: true }\n  shut: {}\n', 'edges.yaml');
const gatePage = (heading: string) => `<html><body><h1>Error: ${heading}</h1></body></html>`;

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Receivers that always give one answer, each with a counter that never moves unless told otherwise. */
async function targetOf(
  answers: Record<string, { status: number; body: string }>,
  extra: Partial<Target> = {},
): Promise<Target> {
  const urls: Record<string, string> = {};
  for (const [name, { status, body }] of Object.entries(answers)) {
    const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    servers.push(server);
    urls[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  return {
    declaration,
    urlOf: (name) => urls[name] ?? '',
    idToken: async () => 'a.b.c',
    decisionOf: async () => undefined,
    ...extra,
  };
}

const app = { status: 200, body: 'ok' };
const forbidden = { status: 403, body: gatePage('Forbidden') };

describe('tryMatrix', () => {
  test('the app’s answer is allowed, the gate’s 403 forbidden', async () => {
    const tried = await tryMatrix(await targetOf({ open: app, shut: forbidden }), { path: '/' });
    expect(tried).toHaveLength(8);
    expect(tried.every(asDeclared)).toBe(true);
    expect(renderMatrix(tried)).toContain('All 8 verdicts are as declared.');
  });

  test('a 403 of the app itself is no refusal of the gate', async () => {
    const tried = await tryMatrix(await targetOf({ open: app, shut: { status: 403, body: '{"title":"Forbidden"}' } }), {
      path: '/',
    });
    expect(tried.filter((one) => one.receiver === 'shut').map((one) => one.actual)).toEqual(Array(4).fill('allowed'));
    expect(tried.every(asDeclared)).toBe(false);
  });

  test.each([
    ['the gate’s 401', { status: 401, body: gatePage('Unauthorized') }],
    ['the gate’s 404', { status: 404, body: gatePage('Page not found') }],
    ['no container', { status: 503, body: 'Service Unavailable' }],
  ])('%s is neither allowed nor forbidden', async (_name, answer) => {
    const tried = await tryMatrix(await targetOf({ open: answer, shut: answer }), { path: '/' });
    expect(new Set(tried.map((one) => one.actual))).toEqual(new Set(['unclear']));
  });

  test.each([
    ['the app’s own', 'public', 'allUsers may; the app of open failed: it answered 500 itself, and its log says why'],
    ['the gate’s, which has said why', 'no-instance', 'allUsers may'],
    [
      'of a project, where nobody tells',
      undefined,
      'open is public: allUsers may invoke it; the app of open, or what starts it, failed with 500: see its log',
    ],
  ] as const)('an error that is %s is said to be so', async (_, rule, reason) => {
    const decisionOf = async () => (rule === undefined ? undefined : { rule, reason: 'allUsers may' });
    const broken = { status: 500, body: 'oh' };
    const tried = await tryMatrix(await targetOf({ open: broken, shut: forbidden }, { decisionOf }), { path: '/' });
    expect(tried[0]).toMatchObject({ actual: 'unclear', status: 500, reason });
    expect(renderMatrix(tried)).toContain(`anonymous -> open: 500 unclear, declared allowed (${reason})`);
  });

  test('who shares the caller’s account is told, as it was the same caller to the gate', async () => {
    const decisionOf = async () => ({ rule: 'invoker' as const, reason: 'it may', caller: 'open or shut' });
    const tried = await tryMatrix(await targetOf({ open: app, shut: app }, { decisionOf }), { path: '/' });
    const reasons = new Set(tried.map(({ caller, reason }) => `${caller}: ${reason}`));
    expect(reasons).toEqual(
      new Set([
        'anonymous: it may',
        'open: it may; the caller is open or shut, who run as the same account',
        'shut: it may; the caller is open or shut, who run as the same account',
        'stranger: it may',
      ]),
    );
  });

  test('a refusal that reached the container all the same is told', async () => {
    let count = 0;
    const target = await targetOf({ open: app, shut: forbidden }, { requestsSeen: async () => (count += 3) });
    const tried = await tryMatrix(target, { path: '/' });
    const shut = tried.filter((one) => one.receiver === 'shut');
    expect(
      shut.every((one) => one.actual === 'unclear' && /2 request\(s\) reached shut's container/.test(one.reason)),
    ).toBe(true);
    expect(renderMatrix(tried)).toContain('4 of 8 verdicts differ from the declaration:');
  });

  test.each([
    ['its paths alone', '/events', forbidden, true, 'allowed'],
    ['other paths, too', '/events', app, false, 'unclear'],
    ['none of its paths', '/', forbidden, false, 'forbidden'],
  ] as const)('an edge to paths that gets an answer at %s', async (_, open, elsewhere, asItIs, actual) => {
    const limited = parseDeclaration(
      'services: { shut: {}, other: { calls: [{ to: shut, paths: [/events] }] } }',
      'edges.yaml',
    );
    const asked: string[] = [];
    const server = createServer(({ url = '', headers }, response) => {
      const mayCall = headers.authorization === 'Bearer other';
      if (mayCall) asked.push(url);
      const { status, body } = mayCall ? (url === open ? app : elsewhere) : forbidden;
      response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    servers.push(server);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const target = await targetOf({}, { declaration: limited, urlOf: () => url, idToken: async (caller) => caller });
    const tried = await tryMatrix(target, { path: '/health' });
    const edge = tried.find(({ caller, receiver }) => caller === 'other' && receiver === 'shut');
    expect(edge?.actual).toBe(actual);
    expect(edge !== undefined && asDeclared(edge)).toBe(asItIs);
    expect(asked).toContain('/events');
    expect(tried.filter((one) => one !== edge && one.caller !== 'other').every(asDeclared)).toBe(true);
  });

  test('tries of one receiver run side by side, bounded, and those of two never', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `service-${at}`);
    const many = parseDeclaration(`services: { ${names.map((name) => `${name}: {}`).join(', ')} }`, 'edges.yaml');
    const target = await targetOf({ shut: forbidden });
    const running: string[] = [];
    let most = 0;
    const tried = await tryMatrix(
      {
        ...target,
        declaration: many,
        urlOf: (name) => `${target.urlOf('shut')}/${name}`,
        async idToken(_, audience) {
          most = Math.max(most, running.push(audience));
          expect(new Set(running).size).toBe(1);
          await new Promise(setImmediate);
          running.pop();
          return 'a.b.c';
        },
        async requestsSeen() {
          expect(running).toEqual([]);
          return undefined;
        },
      },
      { path: '/' },
    );
    const edges = (some: readonly { caller: string; receiver: string }[]) =>
      some.map(({ caller, receiver }) => `${caller} ${receiver}`);
    expect(edges(tried)).toEqual(edges(matrix(many)));
    expect(tried.every(asDeclared)).toBe(true);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(10);
  });
});
