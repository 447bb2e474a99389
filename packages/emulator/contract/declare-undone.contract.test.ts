import { Server } from 'node:net';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createParts } from '../src/cloud/parts.ts';
import { declaringCloud, names } from './declaring-cloud.ts';

afterEach(() => vi.restoreAllMocks());

const before = `services:
  login: { calls: [search, tax] }
  search: { env: { LEVEL: low } }
  mail: {}
external: { tax: { url: "https://tax.example.net" } }
jobs: { audit: { calls: [search] } }
`;

/** Everything is another than before, and a receiver is new whose gate wants a port. */
const after = `services:
  login: { calls: [customs], public: true }
  search: { env: { LEVEL: high }, calls: [login] }
  billing: { calls: [search] }
external: { customs: { url: "https://customs.example.net" }, tax: { url: "https://taxes.example.net" } }
principals: { ada: { member: "user:ada@example.com", calls: [login] } }
`;

/** No port is left for the gate that is opened after so many were. */
function noPortAfter(opened: number): void {
  const { listen } = Server.prototype;
  let asked = 0;
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function refuse(this: Server, ...args: unknown[]) {
    if (++asked <= opened) return Reflect.apply(listen, this, args);
    queueMicrotask(() => this.emit('error', Object.assign(new Error('listen EMFILE'), { code: 'EMFILE' })));
    return this;
  });
}

test.each([0, 1])('a declaration whose gate gets no port is refused wholly: %i are left', async (left) => {
  const made = await declaringCloud(before);
  onTestFinished(() => made[Symbol.asyncDispose]());
  const { cloud, declare, call, allowed, policies, read } = made;
  const shown = async () => ({
    declaration: cloud.declaration,
    allowed: await allowed(),
    // One without bindings is as one that is not there.
    policies: Object.fromEntries(Object.entries(policies()).filter(([, bindings]) => bindings.length > 0)),
    principals: cloud.principals,
    services: cloud.services.map(({ name, url, env }) => ({ name, url, env })),
    external: cloud.external.map(({ name, url, standsFor, audience }) => ({ name, url, standsFor, audience })),
    ready: await (await fetch(`${cloud.url}/run-edges/v1/ready`)).json(),
  });
  const was = await shown();
  noPortAfter(left);
  await expect(cloud.declare(read(after))).rejects.toThrow('EMFILE');
  vi.restoreAllMocks();
  expect(await shown()).toEqual(was);
  expect(await call('login', 'search')).toBe(200);
  expect(await call('mail', 'search')).toBe(403);
  expect(await call(undefined, 'login')).toBe(403);
  expect(await call('login', 'tax', 'https://tax.example.net')).toBe(200);
  await expect(cloud.idToken('ada', 'x')).rejects.toMatchObject({ code: 'UNKNOWN_PRINCIPAL' });

  // And the next one is taken.
  expect(await declare(after)).toEqual([]);
  expect(await call('login', 'customs', 'https://customs.example.net')).toBe(200);
  expect(cloud.services.map(({ name }) => name)).toEqual(['login', 'search', 'billing']);
});

test('the parts that had followed go back, whichever it is that throws; those behind it were not asked', async () => {
  const parts = createParts();
  const told: string[] = [];
  const [was, next] = names.map((file) => ({ file, services: [] }));
  if (was === undefined || next === undefined) throw new Error('no names');
  let counts = next;
  const part = (name: string, fails: () => boolean) => ({
    async follow({ file }: { readonly file: string }) {
      told.push(`${name}: from ${file} to ${counts.file}`);
      if (fails()) throw new Error(`${name} cannot`);
      return [];
    },
  });
  parts.add(part('first', () => counts === was));
  parts.add({});
  parts.add(part('second', () => counts === next));
  parts.add(part('third', () => false));
  const goBack = () => {
    counts = was;
    return next;
  };
  await expect(parts.follow(was, goBack)).rejects.toThrow('second cannot');
  expect(told).toEqual([
    'first: from login to user-profiles',
    'second: from login to user-profiles',
    'first: from user-profiles to login',
    'second: from user-profiles to login',
  ]);
});
