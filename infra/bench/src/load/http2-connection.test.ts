import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Connection } from './connection.ts';
import { openHttp2Connection } from './http2-connection.ts';

let server: Http2Server;
const opened: Connection[] = [];

afterEach(async () => {
  for (const connection of opened.splice(0)) connection.close();
  await new Promise((resolve) => server.close(resolve));
});

async function open(onStream: (stream: ServerHttp2Stream) => void, inFlight = 4): Promise<Connection> {
  server = createServer();
  server.on('session', (session) => session.on('error', () => undefined));
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    onStream(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
  const connection = await openHttp2Connection(url, { authorization: `Bearer ${'x'.repeat(900)}` }, inFlight);
  opened.push(connection);
  return connection;
}

function times(count: number): () => boolean {
  let left = count;
  return () => left-- > 0;
}

test('counts answered requests, so many of them at once, and the server saw no more', async () => {
  let [seen, at, most] = [0, 0, 0];
  const connection = await open((stream) => {
    seen += 1;
    most = Math.max(most, ++at);
    stream.on('close', () => at--);
    setImmediate(() => {
      stream.respond({ ':status': 200, 'x-own': 'mine' });
      stream.end('ok');
    });
  });
  expect(await connection.run(times(50))).toBe(54);
  expect(seen).toBe(55);
  expect(most).toBe(4);
});

test.each([204, 401, 403, 503])('refuses to measure answers of %d', async (status) => {
  await expect(
    open((stream) => {
      stream.respond({ ':status': status }, { endStream: true });
    }),
  ).rejects.toThrow('otherwise than 200');
});

test('fails when a request is reset, or the connection is closed', async () => {
  await expect(open((stream) => stream.close(8))).rejects.toThrow('refused');
  await new Promise((resolve) => server.close(resolve));
  await expect(open((stream) => stream.session?.destroy())).rejects.toThrow(/refused|closed|ECONNRESET/);
});
