import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRelay, type Relayed } from './relay.ts';

const secret = 'a'.repeat(20);

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let receiver: Server;
let relay: Server;
let address: string;
let token: () => Promise<string>;
let seen: Seen[];
let relayed: Relayed[];

const listening = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeEach(async () => {
  [seen, relayed] = [[], []];
  token = async () => 'good';
  receiver = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    seen.push({ method, url, headers, body: await text(incoming).catch(() => 'broken off') });
    outgoing.writeHead(Number(headers['x-answer'] ?? 200), {
      'x-of': 'receiver',
      'retry-after': '3',
      connection: 'x-hop',
      'x-hop': '1',
    });
    outgoing.end('answered');
  });
  const target = new URL('/events', await listening(receiver));
  relay = createRelay({ target, token: () => token(), secret, onRelayed: (one) => relayed.push(one) });
  address = await listening(relay);
});
afterEach(() => {
  for (const server of [relay, receiver]) {
    server.close();
    server.closeAllConnections();
  }
});

const post = (headers: Record<string, string> = {}, body: string | undefined = '{"message":1}', path = `/${secret}`) =>
  fetch(`${address}${path}`, { method: 'POST', headers, body });

describe('the relay', () => {
  test('adds the token, and hands on the rest, to the one path', async () => {
    const response = await post({ 'content-type': 'application/json', 'ce-id': '1' });
    expect([response.status, await response.text(), response.headers.get('x-of')]).toEqual([
      200,
      'answered',
      'receiver',
    ]);
    expect(response.headers.get('x-hop')).toBeNull();
    expect(seen).toEqual([expect.objectContaining({ method: 'POST', url: '/events', body: '{"message":1}' })]);
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer good',
      'content-type': 'application/json',
      'ce-id': '1',
    });
    expect(relayed).toEqual([{ method: 'POST', status: 200 }]);
  });

  test('says what the receiver says, so that the source tries again', async () => {
    const response = await post({ 'x-answer': '503' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '3']);
    expect(relayed).toEqual([{ method: 'POST', status: 503 }]);
  });

  test('hands on nobody else’s token, and nothing of the connection', async () => {
    await post({
      authorization: 'Bearer theirs',
      'x-serverless-authorization': 'Bearer theirs',
      cookie: 'a=1',
      te: 'trailers',
      'proxy-authorization': 'x',
    });
    const { headers } = seen[0] as Seen;
    expect(headers.authorization).toBe('Bearer good');
    for (const name of ['x-serverless-authorization', 'cookie', 'te', 'proxy-authorization'])
      expect(headers).not.toHaveProperty(name);
    expect(headers.host).toContain('127.0.0.1');
  });

  test.each([
    '/',
    '',
    '/events',
    `/${secret}x`,
    `/${secret}/`,
    `/${secret}?a=1`,
    `//${secret}`,
    `/x/${secret}`,
    '/%61',
  ])('is nowhere but at its address: %s', async (path) => {
    const response = await post({}, 'x', path);
    expect(response.status).toBe(404);
    expect([seen, relayed]).toEqual([[], []]);
  });

  test('sends nothing without a token', async () => {
    token = async () => Promise.reject(new Error('the account is disabled'));
    const response = await post();
    expect([response.status, await response.text()]).toEqual([502, 'the account is disabled\n']);
    expect(seen).toEqual([]);
    expect(relayed).toEqual([{ method: 'POST', status: undefined, fault: 'the account is disabled' }]);
  });

  test('where nobody answers, the source hears that', async () => {
    receiver.close();
    receiver.closeAllConnections();
    const response = await post();
    expect(response.status).toBe(502);
    expect(relayed[0]?.fault).toContain('ECONNREFUSED');
  });

  test('takes no body without end', async () => {
    const piece = Buffer.alloc(1024 * 1024);
    const status = await new Promise<number | undefined>((resolve) => {
      const sending = request(`${address}/${secret}`, { method: 'POST' }, (response) => resolve(response.statusCode));
      sending.on('error', () => resolve(undefined));
      for (let at = 0; at < 20; at++) sending.write(piece);
      sending.end();
    });
    expect([413, undefined]).toContain(status);
    expect(relayed).toEqual([
      expect.objectContaining({ status: undefined, fault: expect.stringContaining('more than') }),
    ]);
    expect((await post()).status).toBe(200);
  });

  test('goes on after a source that goes away in the middle', async () => {
    const { port } = relay.address() as AddressInfo;
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`POST /${secret} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc`, () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect((await post()).status).toBe(200);
  });
});
