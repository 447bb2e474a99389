import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createForwardProxy, type ForwardProxy } from './forward-proxy.ts';

/** Stands for the world outside: says what it is told. */
let outside: Server;
let reached: Socket[];
let proxy: ForwardProxy;
let lookingFor: PromiseWithResolvers<void>;
/** The other end, once it is found. */
let found: PromiseWithResolvers<Socket | undefined>;
beforeEach(async () => {
  reached = [];
  outside = createServer((socket) => {
    reached.push(socket);
    socket.on('error', () => undefined).pipe(socket);
  }).listen(0, '127.0.0.1');
  [lookingFor, found] = [Promise.withResolvers(), Promise.withResolvers()];
  proxy = createForwardProxy({
    metadata: undefined,
    speakerAt: () => undefined,
    tunnels: { open: () => expect.fail('TLS does not end here'), forget: () => undefined },
    refusesCaller: () => undefined,
    passThrough: async () => {
      lookingFor.resolve();
      return found.promise;
    },
    refuse: ({ host, port }) => ({ status: 403, text: `not ${host} ${port}` }),
  });
  proxy.server.listen(0, '127.0.0.1');
  await Promise.all([once(outside, 'listening'), once(proxy.server, 'listening')]);
});
afterEach(async () => {
  await proxy.close();
  for (const socket of reached) socket.destroy();
  outside.close();
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

async function asking(): Promise<Socket> {
  const socket = connect(portOf(proxy.server), '127.0.0.1');
  socket.write('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\nfirst ');
  await lookingFor.promise;
  return socket;
}

async function toOutside(): Promise<Socket> {
  const socket = connect(portOf(outside), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

test('what goes through a tunnel is what was sent, from its first byte, and an end at one side is one at the other', async () => {
  const here = await asking();
  const there = await toOutside();
  found.resolve(there);
  let heard = '';
  here.on('data', (chunk) => {
    heard += chunk;
  });
  here.write('and last');
  await expect.poll(() => heard).toBe('HTTP/1.1 200 Connection established\r\n\r\nfirst and last');
  reached[0]?.destroy();
  await once(here, 'close');
  expect(there.destroyed).toBe(true);
});

test('who has gone while the other end was looked for leaves no connection behind', async () => {
  const here = await asking();
  here.resetAndDestroy();
  // The proxy has seen it.
  await expect.poll(() => new Promise((resolve) => proxy.server.getConnections((_, count) => resolve(count)))).toBe(0);
  const there = await toOutside();
  found.resolve(there);
  await once(there, 'close');
});

test('what is nowhere is refused, with what was asked for', async () => {
  const here = await asking();
  found.resolve(undefined);
  const [answer] = await once(here, 'data');
  expect(`${answer}`).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*\r\n\r\nnot example\.com 443$/);
});
