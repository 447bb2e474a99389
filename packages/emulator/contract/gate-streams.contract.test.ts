import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';
import { dial, until, untilClosed, wire } from './wire.ts';

describe('streams', () => {
  verifies('gate:streaming', 'each side hears the other before it has ended', async () => {
    await using gates = await gateCloud({
      app(request, response) {
        response.flushHeaders();
        request.on('data', (chunk: Buffer) => response.write(chunk.toString().toUpperCase()));
        request.on('end', () => response.end('!'));
      },
    });
    const sent = httpRequest(gates.url('open'), { method: 'POST', agent: false });
    sent.flushHeaders();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    for (const word of ['one', 'two', 'three']) {
      sent.write(word);
      expect(`${(await once(answer, 'data'))[0]}`).toBe(word.toUpperCase());
    }
    sent.end();
    expect(await text(answer)).toBe('!');
  });

  verifies('gate:events', 'each when it is sent', async () => {
    const sends: ((event: string) => void)[] = [];
    await using gates = await gateCloud({
      app(_request, response) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        sends.push((event) => response.write(`data: ${event}\n\n`));
      },
    });
    const answer = await fetch(gates.url('open'));
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    for (const event of ['1', '2', '3']) {
      sends[0]?.(event);
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(`data: ${event}\n\n`);
    }
    await reader.cancel();
  });

  verifies('gate:trailers', 'both ways, but not those that could authorize', async () => {
    await using gates = await gateCloud({
      app(request, response) {
        request.resume();
        request.on('end', () => {
          response.write('x');
          response.addTrailers({ 'X-Sum': 'abc', 'X-Seen': JSON.stringify(request.trailers) });
          response.end();
        });
      },
    });
    const answer = await wire(
      gates.url('open'),
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Mine: 1\r\nAuthorization: Bearer x\r\nX-Serverless-Authorization: Bearer x\r\nX-Google-A: 1\r\n\r\n',
    );
    expect(answer).toContain('X-Sum: abc');
    expect(answer).toContain('X-Seen: {"x-mine":"1"}');
  });

  verifies('gate:continue', 'for who may come in; who may not is told at once', async () => {
    await using gates = await gateCloud({
      app(request, response) {
        request.resume();
        request.on('end', () => response.end('thanks'));
      },
    });
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n';
    const open = await dial(gates.url('open'));
    open.write(head);
    expect(await until(open, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    open.write('hello');
    expect(await until(open, 'thanks')).toMatch(/^HTTP\/1.1 200 /);
    open.destroy();
    expect(await wire(gates.url('closed'), head)).toMatch(/^HTTP\/1.1 403 /);
    expect(
      await wire(
        gates.url('open'),
        head.replace('100-continue', '200-maybe').replace('Host', 'Connection: close\r\nHost'),
      ),
    ).toMatch(/^HTTP\/1.1 417 /);
  });

  verifies('gate:head', 'with the length and nothing else, also at the refusal page', async () => {
    await using gates = await gateCloud({
      app: (_request, response) => void response.setHeader('content-length', 5).end('hello'),
    });
    const ok = await rawRequest(`${gates.url('open')}/`, [], 'HEAD');
    expect(ok).toMatchObject({ status: 200, body: '' });
    expect(ok.headers['content-length']).toBe('5');
    const refused = await rawRequest(`${gates.url('closed')}/`, [], 'HEAD');
    expect(refused).toMatchObject({ status: 403, body: '' });
  });

  verifies('gate:bodiless', 'whatever the method, and answers without a body', async () => {
    await using gates = await gateCloud({
      app(request, response) {
        const framed = request.headers['content-length'] ?? request.headers['transfer-encoding'] ?? 'none';
        if (request.url === '/204') response.writeHead(204).end();
        else if (request.url === '/304') response.writeHead(304, { etag: '"x"' }).end();
        else if (request.url === '/odd') response.writeHead(599, 'Quite Odd').end();
        else response.end(`${request.method} ${framed}`);
      },
    });
    for (const method of ['GET', 'DELETE', 'OPTIONS', 'REPORT'])
      expect(await wire(gates.url('open'), `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toContain(
        `${method} none`,
      );
    expect(
      await wire(gates.url('open'), 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
    ).toContain('POST 0');
    expect(await wire(gates.url('open'), 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 [\s\S]*GET none$/);
    expect(await rawRequest(`${gates.url('open')}/204`)).toMatchObject({ status: 204, body: '' });
    expect(await rawRequest(`${gates.url('open')}/304`)).toMatchObject({
      status: 304,
      body: '',
      headers: { etag: '"x"' },
    });
    expect(await wire(gates.url('open'), 'GET /odd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 599 Quite Odd\r\n/,
    );
  });
});

describe('connections', () => {
  verifies('gate:pipelining', 'answered in order, whatever is ready first', async () => {
    await using gates = await gateCloud({
      app(request, response) {
        const answer = () => void response.end(`<${request.url}>`);
        if (request.url === '/slow') setImmediate(() => setImmediate(answer));
        else answer();
      },
    });
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const answer = await wire(
      gates.url('open'),
      get('/slow') + get('/a') + get('/healthz') + get('/b', 'Connection: close\r\n'),
    );
    expect(answer.indexOf('</slow>')).toBeLessThan(answer.indexOf('</a>'));
    expect(answer.indexOf('</a>')).toBeLessThan(answer.indexOf('HTTP/1.1 404'));
    expect(answer.indexOf('HTTP/1.1 404')).toBeLessThan(answer.indexOf('</b>'));
  });

  verifies('gate:keep-alive', 'on both sides, one connection for many requests', async () => {
    const connections = new Set<unknown>();
    await using gates = await gateCloud({
      app(request, response) {
        connections.add(request.socket);
        request.resume();
        response.end('ok');
      },
    });
    const socket = await dial(gates.url('open'));
    for (let count = 0; count < 20; count++) {
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx');
      await until(socket, 'ok');
    }
    socket.destroy();
    expect(connections.size).toBe(1);
  });

  verifies('gate:keep-alive', 'a kept connection that the container closed is not noticed by callers', async () => {
    await using gates = await gateCloud({
      tcp: (socket) => {
        socket.on('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          setImmediate(() => socket.destroy());
        });
      },
    });
    for (let count = 0; count < 50; count++) expect((await rawRequest(`${gates.url('open')}/`)).status).toBe(200);
  });

  verifies('gate:early-answer', 'reaches a caller that is still sending', async () => {
    await using gates = await gateCloud({
      app: (_request, response) => void response.writeHead(422, { connection: 'close' }).end('stop'),
    });
    const socket = await dial(gates.url('open'));
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx');
    expect(await until(socket, 'stop')).toMatch(/^HTTP\/1.1 422 /);
    socket.write('x'.repeat(99_999));
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe('who stays, and does not read', { tags: 'slow' }, () => {
  verifies('gate:timeout', 'or stays, and does not read: whatever of the answer is left where', async () => {
    let asked = 0;
    await using gates = await gateCloud({
      gate: { requestTimeout: 2000 },
      app({ url = '' }, response) {
        asked++;
        response.end(Buffer.alloc(Number(url.slice(1))));
      },
    });
    const server = gates.cloud.services.find(({ name }) => name === 'open')?.gateServer;
    const connections = () =>
      new Promise<number>((resolve) => server?.getConnections((_error, count) => resolve(count)));
    // Some of these sizes end in the gate's own buffer, whatever the sockets' buffers hold.
    const sizes = Array.from({ length: 150 }, (_, index) => (index + 1) * 48 * 1024);
    const sockets = await Promise.all(sizes.map(() => dial(gates.url('open'))));
    for (const [index, socket] of sockets.entries())
      socket.pause().write(`GET /${sizes[index]} HTTP/1.1\r\nHost: x\r\n\r\n`);
    while (asked < sizes.length) await new Promise(setImmediate);
    while ((await connections()) > 0) await new Promise(setImmediate);
    for (const socket of sockets) socket.destroy();
  });
});

describe('who goes away', () => {
  verifies('gate:caller-gone', 'before the answer, in the middle of it, in the middle of the body', async () => {
    const gone: Record<string, PromiseWithResolvers<void>> = {};
    const begun: Record<string, PromiseWithResolvers<void>> = {};
    for (const path of ['/before', '/middle', '/body']) {
      gone[path] = Promise.withResolvers();
      begun[path] = Promise.withResolvers();
    }
    await using gates = await gateCloud({
      app(request, response) {
        const path = request.url ?? '';
        response.on('close', () => gone[path]?.resolve());
        request.on('data', () => undefined);
        if (path === '/middle') response.write('first');
        begun[path]?.resolve();
      },
    });
    for (const path of Object.keys(gone)) {
      const socket = await dial(gates.url('open'));
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${path === '/body' ? 10 : 0}\r\n\r\n`);
      await begun[path]?.promise;
      if (path === '/middle') await until(socket, 'first');
      socket.destroy();
      await gone[path]?.promise;
    }
  });

  verifies('gate:broken-answer', 'the app dies in the middle of an answer', async () => {
    await using gates = await gateCloud({
      app(_request, response) {
        response.write('first');
        setImmediate(() => response.destroy());
      },
    });
    await expect((async () => (await fetch(gates.url('open'))).text())()).rejects.toThrow();
  });
});
