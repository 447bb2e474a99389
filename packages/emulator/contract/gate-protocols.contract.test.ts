import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { END_HEADERS, END_STREAM, frame, frames, headers, PREFACE } from './http2-wire.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';
import { dial, until, untilClosed, wire } from './wire.ts';

/** Containers by what they say to whoever connects. */
const containers: Readonly<Record<string, () => Server>> = {
  'HTTP/1.1': () => createHttpServer((_request, response) => void response.end('in HTTP/1.1')),
  'HTTP/2': () => {
    const server = createHttp2Server();
    server.on('session', (session) => session.on('error', () => undefined));
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.respond();
      stream.end('in HTTP/2');
    });
    return server as unknown as Server;
  },
  'HTTP/2, its leave first': () => saying(Buffer.from('0000080700000000000000000000000001', 'hex')),
  TLS: () => saying(Buffer.from('15030100020246', 'hex')),
  'nothing, and hangs up': () => saying(Buffer.alloc(0)),
};

/** Waits for the first bytes, says its own and hangs up. */
function saying(bytes: Buffer): Server {
  return createTcpServer((socket) => socket.once('data', () => socket.end(bytes)));
}

async function before(container: string, http2: boolean): Promise<GateCloud> {
  return gateCloud({
    server: (containers[container] as () => Server)(),
    gate: { services: { open: { http2, concurrency: 80 } } },
  });
}

describe('a container that speaks', () => {
  verifies('gate:protocol-mismatch', 'and the decision says how the two agree, whatever is asked', async () => {
    for (const [container, http2, reason, mend] of [
      ['HTTP/2', false, /it speaks HTTP\/2$/, /update open --use-http2.*http2: true/],
      ['HTTP/2, its leave first', false, /it speaks HTTP\/2$/, /--use-http2/],
      ['HTTP/1.1', true, /does not speak HTTP\/2/, /h2c.*update open --no-use-http2/],
      ['TLS', false, /it speaks TLS/, /without TLS/],
      ['TLS', true, /does not speak HTTP\/2/, /h2c/],
      ['nothing, and hangs up', false, /./, /the log.*TLS/],
      ['nothing, and hangs up', true, /does not speak HTTP\/2/, /h2c/],
    ] as const) {
      await using gates = await before(container, http2);
      for (const [method, body] of [
        ['GET', undefined],
        ['POST', 'hello'],
        ['DELETE', undefined],
      ] as const) {
        const answer = await fetch(gates.url('open'), { method, ...(body === undefined ? {} : { body }) });
        expect({ status: answer.status, text: await answer.text() }, container).toEqual({
          status: 503,
          text: 'Service Unavailable',
        });
        expect(gates.newest(), `${container} ${http2} ${method}`).toMatchObject({
          status: 503,
          rule: 'container-failed',
          reason: expect.stringMatching(reason),
          mend: expect.stringMatching(mend),
        });
      }
    }
  });

  verifies('gate:protocol-mismatch', 'and nothing else is taken for one', async () => {
    for (const [container, http2, text] of [
      ['HTTP/1.1', false, 'in HTTP/1.1'],
      ['HTTP/2', true, 'in HTTP/2'],
    ] as const) {
      await using gates = await before(container, http2);
      for (let times = 0; times < 3; times++)
        expect(await (await fetch(gates.url('open'), { method: 'POST', body: 'x' })).text()).toBe(text);
    }
    // Who is gone, or talks rubbish, speaks no other protocol.
    for (const http2 of [false, true]) {
      const server = createTcpServer();
      await using gates = await gateCloud({ server, gate: { services: { open: { http2 } } } });
      await new Promise((resolve) => server.close(resolve));
      expect((await rawRequest(gates.url('open'))).status).toBe(503);
      expect(gates.newest()).toMatchObject({ rule: 'container-failed', mend: 'Read the log of the service.' });
    }
    await using rubbish = await gateCloud({ tcp: (socket: Socket) => socket.end('rubbish that is no protocol\r\n') });
    expect((await rawRequest(rubbish.url('open'))).status).toBe(503);
    expect(rubbish.newest()).toMatchObject({ mend: 'Read the log of the service.' });
  });

  test('HTTP/2 alone takes no WebSocket, and it is said how it would', async () => {
    await using gates = await before('HTTP/2', true);
    const answer = await wire(
      gates.url('open'),
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(gates.newest()).toMatchObject({
      reason: expect.stringMatching(/no WebSockets/),
      mend: expect.stringMatching(/--no-use-http2/),
    });
  });
});

describe('a caller that opens with', () => {
  test('HTTP/2 byte by byte is understood', async () => {
    await using gates = await before('HTTP/1.1', false);
    const socket = await dial(gates.url('open'));
    const answer = until(socket, 'in HTTP/1.1');
    const request = headers(
      1,
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':authority', 'x'],
        [':path', '/'],
      ],
      END_HEADERS | END_STREAM,
    );
    for (const byte of Buffer.concat([PREFACE, frame(frames.SETTINGS, 0, 0), request])) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await answer;
    expect(gates.newest()).toMatchObject({ status: 200, rule: 'public' });
    socket.destroy();
  });

  test('nearly the preface of HTTP/2, or a part of it, is rubbish', async () => {
    await using gates = await before('HTTP/1.1', false);
    for (const opening of ['PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', 'PRI', 'P', 'PRI * HTTP/2.0\r\n\r\n']) {
      const socket = await dial(gates.url('open'));
      const answer = untilClosed(socket);
      socket.end(opening);
      expect(await answer, opening).toMatch(/^HTTP\/1\.1 400 /);
      expect(gates.newest()).toMatchObject({ status: 400, rule: 'malformed-request' });
    }
  });

  test('the preface, and what are no frames, is told to the decisions', async () => {
    await using gates = await before('HTTP/1.1', false);
    const socket = await dial(gates.url('open'));
    const answer = untilClosed(socket);
    socket.write(Buffer.concat([PREFACE, Buffer.from('GET / HTTP/1.1\r\n\r\n')]));
    expect(Buffer.from(await answer, 'latin1')[3]).toBe(frames.SETTINGS);
    expect(gates.newest()).toMatchObject({ status: 400, reason: expect.stringContaining('HTTP/2') });
  });

  test('TLS is told by an alert', async () => {
    await using gates = await before('HTTP/1.1', false);
    const { hostname: host, port } = new URL(gates.url('open'));
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = connectTls({ host, port: Number(port), maxVersion, rejectUnauthorized: false });
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toMatch(/ALERT_HANDSHAKE_FAILURE/);
      expect(gates.newest()).toMatchObject({
        status: 400,
        rule: 'malformed-request',
        reason: expect.stringContaining('TLS'),
        mend: expect.stringContaining('http://'),
      });
    }
    const socket = await dial(gates.url('open'));
    socket.write(Buffer.from('16030100', 'hex'));
    expect(await untilClosed(socket)).toHaveLength(7);
  });

  test('either, where a request is under way, is rubbish as before', async () => {
    const held = Promise.withResolvers<void>();
    await using gates = await gateCloud({
      app: (_request, response) => void held.promise.then(() => response.end('late')),
    });
    const socket = await dial(gates.url('open'));
    socket.write('GET /first HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const answer = await untilClosed(socket);
    held.resolve();
    expect(answer).not.toContain('late');
    expect(answer).not.toContain('\0');
  });

  test('curl’s own words are no bare 400', async () => {
    await using gates = await before('HTTP/1.1', false);
    const { host } = new URL(gates.url('open'));
    const curl = (...args: string[]) =>
      promisify(execFile)('curl', ['-sSk', ...args], { timeout: 20_000 }).then(
        ({ stdout }) => stdout,
        ({ stderr }) => `${stderr}`,
      );
    expect(await curl(`https://${host}/`)).toMatch(/handshake failure/i);
    expect(await curl('--http2-prior-knowledge', `http://${host}/`)).toBe('in HTTP/1.1');
    expect(await curl(`http://${host}/`)).toBe('in HTTP/1.1');
  });
});
