import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { describe, expect } from 'vitest';
import { gateCloud } from './gate-cloud.ts';
import { END_HEADERS, END_STREAM, frame, frames, headers, PREFACE } from './http2-wire.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';
import { dial, untilClosed, wire } from './wire.ts';

const asked = { http2: true, concurrency: 80 };
const services = { open: asked, closed: asked };

function http2App(onStream: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void): Http2Server {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    onStream(stream, headers);
  });
  return server;
}

describe('a container that speaks HTTP/2', () => {
  verifies('gate:http2', 'method, path, host, headers, body, cookies and status', async () => {
    const server = http2App((stream, headers) => {
      let body = '';
      stream.on('data', (chunk) => {
        body += chunk;
      });
      stream.on('end', () => {
        stream.respond({ ':status': 201, 'set-cookie': ['a=1', 'b=2'], 'x-seen': JSON.stringify(headers) });
        stream.end(`heard ${body}`);
      });
    });
    await using gates = await gateCloud({ server, gate: { services } });
    const [, good = ''] = await gates.bearer('open', 'closed');
    const answer = await fetch(`${gates.url('closed')}/a?b=c`, {
      method: 'PUT',
      body: 'hello',
      headers: { 'x-serverless-authorization': good },
    });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe('heard hello');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(JSON.parse(answer.headers.get('x-seen') ?? '')).toMatchObject({
      ':method': 'PUT',
      ':path': '/a?b=c',
      ':authority': new URL(gates.url('closed')).host,
      'x-serverless-authorization': expect.stringMatching(/SIGNATURE_REMOVED_BY_GOOGLE$/),
      te: 'trailers',
      'content-length': '5',
    });
    expect((await rawRequest(`${gates.url('closed')}/`)).status).toBe(403);
  });

  verifies('gate:http2', 'beyond the sizes of HTTP/1, with trailers', async () => {
    const server = http2App((stream) => {
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      stream.on('end', () => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(`${bytes}`);
      });
    });
    await using gates = await gateCloud({ server, gate: { services, maxRequestBytes: 1000, maxResponseBytes: 2 } });
    expect(await (await fetch(gates.url('open'), { method: 'POST', body: Buffer.alloc(300_000) })).text()).toBe(
      '300000',
    );
    const answer = await wire(gates.url('open'), 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/grpc-status: 0\r\n/);
  });

  verifies('gate:http2', 'it sees its caller go; the caller sees it go', async () => {
    const gone = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const server = http2App((stream, headers) => {
      if (headers[':path'] === '/dies') {
        stream.respond({ ':status': 200 });
        stream.write('first');
        setImmediate(() => stream.session?.destroy());
      } else if (headers[':path'] === '/never') stream.close(2);
      else {
        stream.on('close', () => gone.resolve());
        begun.resolve();
      }
    });
    await using gates = await gateCloud({ server, gate: { services } });
    await expect((async () => (await fetch(`${gates.url('open')}/dies`)).text())()).rejects.toThrow();
    expect((await rawRequest(`${gates.url('open')}/never`)).status).toBe(503);
    const socket = await dial(gates.url('open'));
    socket.write('GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
    await begun.promise;
    socket.destroy();
    await gone.promise;
  });

  verifies('gate:http2', 'a container that speaks HTTP/1 alone, or none at all: 503', async () => {
    await using gates = await gateCloud({ app: (_request, response) => void response.end('ok'), gate: { services } });
    expect((await rawRequest(`${gates.url('open')}/`)).status).toBe(503);
    gates.cloud.service('open').configure({ http2: false });
    expect((await rawRequest(`${gates.url('open')}/`)).status).toBe(200);
    gates.cloud.service('open').configure({ http2: true });
    expect((await rawRequest(`${gates.url('open')}/`)).status).toBe(503);
  });
});

describe('a caller that speaks HTTP/2', () => {
  /** Asks once, as gRPC does. */
  async function ask(session: ClientHttp2Session, path: string, more: OutgoingHttpHeaders = {}) {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...more,
    });
    stream.end('x');
    let [head, trailers, flags, body] = [{}, {}, 0, ''];
    stream.on('response', (fields, given) => {
      [head, flags] = [fields, given];
    });
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    for await (const chunk of stream) body += chunk;
    return { head, trailers, body, ended: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0 };
  }

  const grpcApp = () =>
    http2App((stream, headers) => {
      const head = { ':status': 200, 'content-type': 'application/grpc' };
      if (headers[':path'] === '/failing') {
        stream.respond({ ...head, 'grpc-status': '9' }, { endStream: true });
        return;
      }
      stream.respond(head, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-of-mine': ['1', '2'] }));
      stream.end('hello');
    });

  verifies('gate:grpc', 'beside a service that says nothing of HTTP/2, and nothing else does', async () => {
    await using gates = await gateCloud({ server: grpcApp() });
    const session = connect(gates.url('open'));
    expect(await ask(session, '/well')).toMatchObject({
      head: { ':status': 200 },
      body: 'hello',
      trailers: { 'grpc-status': '0', 'x-of-mine': '1, 2' },
      ended: false,
    });
    expect(await ask(session, '/failing')).toMatchObject({ head: { 'grpc-status': '9' }, body: '', ended: true });
    for (const type of ['application/grpc-web', 'application/json', 'text/plain; application/grpc'])
      expect(await ask(session, '/well', { 'content-type': type }), type).toMatchObject({ head: { ':status': 503 } });
    expect(gates.newest()).toMatchObject({ mend: expect.stringContaining('--use-http2') });
    session.destroy();
  });

  verifies('gate:grpc', 'a container that speaks HTTP/1.1 alone: 503, and it is said what to do', async () => {
    await using gates = await gateCloud({ app: (_request, response) => void response.end('ok') });
    const session = connect(gates.url('open'));
    expect(await ask(session, '/demo.Hello/Say')).toMatchObject({ head: { ':status': 503 } });
    expect(gates.newest()).toMatchObject({
      rule: 'container-failed',
      reason: expect.stringContaining('in which gRPC is brought'),
      mend: expect.stringContaining('h2c'),
    });
    session.destroy();
  });

  verifies('gate:grpc-refused', 'with 403 and 401 in HTML, and the container sees nothing of it', async () => {
    let reached = 0;
    await using gates = await gateCloud({ server: http2App(() => reached++) });
    const session = connect(gates.url('closed'));
    for (const [status, heading, more] of [
      [403, 'Error: Forbidden', {}],
      [401, 'Error: Unauthorized', { authorization: 'Bearer a.b.c' }],
    ] as const) {
      const { head, body } = await ask(session, '/demo.Hello/Say', more);
      expect(head).toMatchObject({ ':status': status, 'content-type': 'text/html; charset=UTF-8' });
      expect(body).toContain(heading);
    }
    expect(reached).toBe(0);
    session.destroy();
  });

  verifies('gate:http2-farewell', 'what is under way ends, and nothing new begins', async () => {
    const begun = Promise.withResolvers<ServerHttp2Stream>();
    const gates = await gateCloud({ server: http2App((stream) => begun.resolve(stream)), stopGrace: 20_000 });
    const session = connect(gates.url('open'));
    const left = Promise.withResolvers<number>();
    session.on('goaway', left.resolve);
    const answer = ask(session, '/slow');
    const stream = await begun.promise;
    const stopped = gates.cloud.stop();
    expect(await left.promise).toBe(constants.NGHTTP2_NO_ERROR);
    stream.respond({ ':status': 200 });
    stream.end('to the end');
    expect(await answer).toMatchObject({ body: 'to the end' });
    await stopped;
    await gates[Symbol.asyncDispose]();
  });

  verifies('gate:http2', 'a caller that says no more is gone at once, whatever it waits for', async () => {
    const begun = Promise.withResolvers<ServerHttp2Stream>();
    await using gates = await gateCloud({ server: http2App((stream) => begun.resolve(stream)), gate: { services } });
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
    const idle = await dial(gates.url('open'));
    idle.end(Buffer.concat([PREFACE, frame(frames.SETTINGS, 0, 0)]));
    await untilClosed(idle);
    const waiting = await dial(gates.url('open'));
    waiting.write(Buffer.concat([PREFACE, frame(frames.SETTINGS, 0, 0), request]));
    const stream = await begun.promise;
    const left = new Promise((resolve) => stream.once('close', resolve));
    waiting.end();
    await untilClosed(waiting);
    await left;
    expect(gates.newest()).toMatchObject({ status: 499, rule: 'caller-gone' });
  });

  verifies('gate:http2-websocket', 'neither offered nor taken', async () => {
    await using gates = await gateCloud({ server: grpcApp() });
    const session = connect(gates.url('open'));
    const settings = Promise.withResolvers<{ enableConnectProtocol?: boolean }>();
    session.on('remoteSettings', settings.resolve);
    expect((await settings.promise).enableConnectProtocol ?? false).toBe(false);
    session.destroy();
  });
});
