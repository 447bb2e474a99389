import { describe, expect, test } from 'vitest';
import { gateCloud } from './gate-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';
import { dial, until, untilClosed, wire } from './wire.ts';

const KIB = 1024;
const small = { maxRequestBytes: 64 * KIB, maxResponseBytes: 64 * KIB };

describe('sizes', () => {
  verifies('gate:length-required', 'in both versions, and nothing reaches the container', async () => {
    const reached: string[] = [];
    await using gates = await gateCloud({
      app: (request, response) => {
        reached.push(`${request.method} ${request.url}`);
        request.resume();
        response.end('ok');
      },
    });
    const [, bearer = ''] = await gates.bearer('open', 'closed');
    const ask = (method: string, more: string, version = '1.1', service = 'open') =>
      wire(gates.url(service), `${method} /x HTTP/${version}\r\nHost: x\r\nAuthorization: ${bearer}\r\n${more}\r\n`);
    for (const service of ['open', 'closed'])
      for (const method of ['POST', 'PUT', 'PATCH'])
        for (const version of ['1.0', '1.1']) {
          const [head = '', page = ''] = (await ask(method, '', version, service)).split('\r\n\r\n');
          expect(head).toMatch(/^HTTP\/1\.1 411 Length Required\r\n/);
          expect(page).toHaveLength(286);
          expect(page).toContain('<h2>POST requests require a <code>Content-length</code> header.</h2>');
          expect(gates.newest()).toMatchObject({
            status: 411,
            rule: 'malformed-request',
            method,
            mend: expect.stringContaining('Content-Length: 0'),
          });
        }
    expect(reached).toEqual([]);
    for (const [method, more] of [
      ['POST', 'Content-Length: 0\r\nConnection: close\r\n'],
      ['PUT', 'Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n'],
      ['DELETE', 'Connection: close\r\n'],
      ['OPTIONS', 'Connection: close\r\n'],
      ['GET', 'Connection: close\r\n'],
    ] as const)
      expect(await ask(method, more), method).toMatch(/^HTTP\/1\.1 200 /);
    expect(reached).toEqual(['POST', 'PUT', 'DELETE', 'OPTIONS', 'GET'].map((method) => `${method} /x`));
  });

  verifies('gate:request-too-large', 'told by its length, before a byte of it is read', async () => {
    let reached = 0;
    await using gates = await gateCloud({ gate: small, app: () => reached++ });
    const head = `POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${64 * KIB + 1}\r\n\r\n`;
    const socket = await dial(gates.url('open'));
    socket.write(head);
    const answer = await until(socket, '</html>');
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('<h1>Error: Request Entity Too Large</h1>');
    expect(gates.newest()).toMatchObject({ status: 413, rule: 'request-too-large' });
    expect(reached).toBe(0);
    socket.destroy();
  });

  verifies('gate:request-too-large', 'found while it streams, and the container sees its caller go', async () => {
    const broken = Promise.withResolvers<void>();
    await using gates = await gateCloud({
      gate: small,
      app: (request) => {
        request.on('close', () => !request.complete && broken.resolve());
        request.resume();
      },
    });
    const socket = await dial(gates.url('open'));
    socket.write('POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    for (let sent = 0; sent < 5; sent++) socket.write(chunk);
    expect(await until(socket, '</html>')).toMatch(/^HTTP\/1.1 413 /);
    await broken.promise;
    expect(gates.newest()).toMatchObject({ status: 413, rule: 'request-too-large' });
    socket.destroy();
  });

  verifies('gate:request-too-large', 'but not at the limit, nor where the service speaks HTTP/2', async () => {
    await using gates = await gateCloud({
      gate: small,
      app(request, response) {
        let bytes = 0;
        request.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        request.on('end', () => response.end(`${bytes} bytes`));
      },
    });
    const body = 'x'.repeat(64 * KIB);
    expect(await (await fetch(gates.url('open'), { method: 'POST', body })).text()).toBe('65536 bytes');
    const chunked = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n${body}\r\n0\r\n\r\n`;
    expect(await wire(gates.url('open'), chunked)).toContain('65536 bytes');
  });

  verifies('gate:request-32-mib', 'to the byte, up and down', async () => {
    const size = 32 * KIB * KIB;
    await using gates = await gateCloud({
      app(request, response) {
        response.writeHead(200, { 'content-length': request.headers['content-length'] });
        request.pipe(response);
      },
    });
    const body = Buffer.alloc(size, 'run-edges ');
    const echoed = Buffer.from(await (await fetch(gates.url('open'), { method: 'POST', body })).arrayBuffer());
    expect(echoed.equals(body)).toBe(true);
    const more = await fetch(gates.url('open'), { method: 'POST', body: Buffer.alloc(size + 1) });
    expect(more.status).toBe(413);
  });

  verifies('gate:response-too-large', 'unless it is chunked', async () => {
    await using gates = await gateCloud({
      gate: small,
      app({ url }, response) {
        const body = Buffer.alloc(64 * KIB + (url === '/at' ? 0 : 1));
        if (url === '/chunked') {
          response.write(body);
          response.end();
        } else response.writeHead(200, { 'content-length': body.length }).end(body);
      },
    });
    const answer = await rawRequest(`${gates.url('open')}/over`);
    expect(answer.status).toBe(500);
    expect(answer.body).toContain('<h1>Error: Server Error</h1>');
    expect(gates.newest()).toMatchObject({ status: 500, rule: 'response-too-large' });
    expect((await rawRequest(`${gates.url('open')}/at`)).status).toBe(200);
    expect((await rawRequest(`${gates.url('open')}/chunked`)).body).toHaveLength(64 * KIB + 1);
    expect((await rawRequest(`${gates.url('open')}/over`, [], 'HEAD')).status).toBe(200);
  });

  verifies('gate:header-limit', 'with 431, and the gate goes on', async () => {
    await using gates = await gateCloud({ app: (_request, response) => void response.end('ok') });
    for (const head of [`X: ${'x'.repeat(70 * KIB)}`, 'X: y\r\n'.repeat(20_000).trimEnd()])
      expect(await wire(gates.url('open'), `GET / HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    const path = `GET /${'x'.repeat(70 * KIB)} HTTP/1.1\r\nHost: x\r\n\r\n`;
    expect(await wire(gates.url('open'), path)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect((await rawRequest(`${gates.url('open')}/`, ['X', 'x'.repeat(15 * KIB)])).status).toBe(200);
  });
});

describe('instances', () => {
  const edges = 'services: { open: { public: true, concurrency: 2, maxInstances: 1 } }';

  verifies('gate:no-instance', 'after the wait, while those under way go on', async () => {
    const waiting: (() => void)[] = [];
    await using gates = await gateCloud({
      edges,
      gate: { queueWait: 30 },
      app: (_request, response) => void waiting.push(() => response.end('late')),
    });
    const first = [1, 2].map(() => rawRequest(`${gates.url('open')}/`));
    while (waiting.length < 2) await new Promise(setImmediate);
    const third = await rawRequest(`${gates.url('open')}/`);
    expect(third).toMatchObject({ status: 429, body: 'Rate exceeded.' });
    expect(gates.newest()).toMatchObject({ status: 429, rule: 'no-instance' });
    for (const answer of waiting) answer();
    for (const { status, body } of await Promise.all(first))
      expect({ status, body }).toEqual({ status: 200, body: 'late' });
  });

  verifies('gate:queue', 'until each has had its turn; who leaves the queue takes nobody’s place', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let busy = 0;
    await using gates = await gateCloud({
      edges,
      app(_request, response) {
        most = Math.max(most, ++busy);
        response.on('close', () => busy--);
        waiting.push(() => response.end());
      },
    });
    let left = 10;
    const answers = Array.from({ length: left }, async () => {
      const { status } = await rawRequest(`${gates.url('open')}/`).finally(() => left--);
      return status;
    });
    for (let count = 0; count < 5; count++) {
      const gone = await dial(gates.url('open'));
      gone.write('GET /gone HTTP/1.1\r\nHost: x\r\n\r\n');
      gone.destroy();
    }
    while (left > 0) {
      waiting.shift()?.();
      await new Promise(setImmediate);
    }
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('times', () => {
  verifies('gate:timeout', 'with its text, and the container sees its caller go', async () => {
    const gone = Promise.withResolvers<void>();
    await using gates = await gateCloud({
      gate: { requestTimeout: 40 },
      app: (_request, response) => void response.on('close', () => gone.resolve()),
    });
    expect(await rawRequest(`${gates.url('open')}/`)).toMatchObject({ status: 504, body: 'upstream request timeout' });
    await gone.promise;
    expect(gates.newest()).toMatchObject({ status: 504, rule: 'timed-out' });
  });

  verifies('gate:timeout', 'an answer that has begun is broken off, a body that never ends is 504', async () => {
    await using gates = await gateCloud({
      // Long enough for the app to begin, on the slowest machine.
      gate: { requestTimeout: 1500 },
      app(request, response) {
        if (request.url === '/begun') response.write('first');
        request.resume();
      },
    });
    await expect((async () => (await fetch(`${gates.url('open')}/begun`)).text())()).rejects.toThrow();
    const socket = await dial(gates.url('open'));
    socket.write('POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx');
    expect(await until(socket, 'upstream request timeout')).toMatch(/^HTTP\/1.1 504 /);
    socket.destroy();
  });

  verifies('gate:slow-headers', 'with 408, drop by drop or not at all', async () => {
    let reached = 0;
    await using gates = await gateCloud({ gate: { headersTimeout: 50 }, app: () => reached++ });
    for (const bytes of ['GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'G']) {
      const socket = await dial(gates.url('open'));
      socket.write(bytes);
      expect(await untilClosed(socket)).toMatch(/^HTTP\/1.1 408 /);
    }
    expect(reached).toBe(0);
  });
});

describe('a container that fails', () => {
  const malformed = {
    'no HTTP': 'hello\r\n\r\n',
    'HTTP/2': 'HTTP/2 200\r\n\r\n',
    'a status that is none': 'HTTP/1.1 20 OK\r\n\r\n',
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    'a length that is no number': 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'length and chunks': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'a folded header': 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n',
    'a header without a name': 'HTTP/1.1 200 OK\r\n: a\r\n\r\n',
    'a NUL': 'HTTP/1.1 200 OK\r\nX: \0\r\n\r\n',
    'line feeds alone': 'HTTP/1.1 200 OK\n\n',
    'a head without end': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`,
    'protocols switched unasked': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
    nothing: '',
  };

  verifies('gate:unavailable', 'or answers anything but HTTP/1.1', async () => {
    let next = '';
    await using gates = await gateCloud({
      tcp: (socket) => void socket.once('data', () => socket.end(next, 'latin1')),
    });
    for (const [name, bytes] of Object.entries(malformed)) {
      next = bytes;
      const answer = await rawRequest(`${gates.url('open')}/`, [], 'POST');
      expect(answer, name).toMatchObject({ status: 503, body: 'Service Unavailable' });
      expect(gates.newest(), name).toMatchObject({ status: 503, rule: 'container-failed' });
    }
  });

  verifies(
    'gate:broken-answer',
    'never a clean end: shorter than its length, a chunk cut, a chunk that is none',
    async () => {
      let next = '';
      await using gates = await gateCloud({
        tcp: (socket) => void socket.once('data', () => socket.end(next, 'latin1')),
      });
      for (const body of [
        'Content-Length: 10\r\n\r\nshort',
        'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
        'Transfer-Encoding: chunked\r\n\r\n5\r\nhel',
        'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n',
        'Transfer-Encoding: chunked\r\n\r\n5\r\nhelloxx5\r\nhello\r\n0\r\n\r\n',
        'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nbroken trailer\r\n\r\n',
      ]) {
        next = `HTTP/1.1 200 OK\r\n${body}`;
        await expect((async () => (await fetch(gates.url('open'))).text())(), body).rejects.toThrow();
      }
    },
  );

  test('a connection closed while a request is on its way to it: what is safe is sent again, once', async () => {
    let [reached, closes] = [0, 0];
    await using gates = await gateCloud({
      tcp: (socket) =>
        void socket.on('data', () => {
          reached++;
          if (reached > 1 && closes-- > 0) socket.destroy();
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        }),
    });
    const ask = async (method: string) => (await rawRequest(`${gates.url('open')}/`, [], method)).status;
    expect(await ask('GET')).toBe(200);
    closes = 1;
    expect(await ask('GET')).toBe(200);
    expect(reached).toBe(3);
    closes = 2;
    expect(await ask('GET')).toBe(503);
    expect(reached).toBe(5);
    closes = 1;
    expect(await ask('DELETE')).toBe(503);
    expect(reached).toBe(6);
  });

  verifies('gate:unavailable', 'while nothing listens, and it comes back', async () => {
    await using gates = await gateCloud({ app: (_request, response) => void response.end('back') });
    await gates.cloud.service('open').stop();
    expect((await rawRequest(`${gates.url('open')}/`)).status).toBe(503);
    expect(gates.newest()).toMatchObject({ rule: 'container-failed', mend: expect.stringContaining('log') });
  });
});
