import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Connection, declaredLength, openConnection } from './connection.ts';

const opened: Connection[] = [];
let close = async (): Promise<void> => {};

afterEach(async () => {
  for (const connection of opened.splice(0)) connection.close();
  await close();
});

async function serverWith(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function open(url: URL): Promise<Connection> {
  const connection = await openConnection(url, Buffer.from(`GET / HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`));
  opened.push(connection);
  return connection;
}

function times(count: number): () => boolean {
  let left = count;
  return () => --left > 0;
}

describe('openConnection', () => {
  test('counts answered requests, and the server saw no more', async () => {
    let seen = 0;
    const url = await serverWith((_request, response) => {
      seen += 1;
      response.setHeader('content-length', 2).end('ok');
    });
    const connection = await open(url);
    expect(await connection.run(times(50))).toBe(50);
    expect(await connection.run(times(1))).toBe(1);
    expect(seen).toBe(52);
  });

  test('puts together a response that comes in pieces', async () => {
    const url = await serverWith((_request, response) => {
      response.writeHead(200, { 'content-length': 6 }).write('abc');
      setImmediate(() => response.end('def'));
    });
    expect(await (await open(url)).run(times(5))).toBe(5);
  });

  test.each([401, 404, 503])('refuses to measure answers of %d', async (status) => {
    const url = await serverWith((_request, response) => {
      response.writeHead(status, { 'content-length': 2 }).end('no');
    });
    await expect(open(url)).rejects.toThrow(` ${status} `);
  });

  test('fails when answers turn bad in the middle', async () => {
    let seen = 0;
    const url = await serverWith((_request, response) => {
      seen += 1;
      response.writeHead(seen < 10 ? 200 : 500, { 'content-length': 2 }).end('ok');
    });
    await expect((await open(url)).run(times(20))).rejects.toThrow(' 500 ');
  });

  test('fails when an answer is longer than the first', async () => {
    let body = 'ok';
    const url = await serverWith((_request, response) => {
      response.setHeader('content-length', body.length).end(body);
      body += '!';
    });
    await expect((await open(url)).run(times(20))).rejects.toThrow('bytes instead of');
  });

  test('fails when the server hangs up', async () => {
    let seen = 0;
    const url = await serverWith((request, response) => {
      seen += 1;
      if (seen < 10) response.setHeader('content-length', 2).end('ok');
      else request.socket.destroy();
    });
    await expect((await open(url)).run(times(20))).rejects.toThrow(/closed the connection|ECONNRESET/);
  });

  test('fails when nobody listens', async () => {
    const url = await serverWith(() => undefined);
    await close();
    await expect(open(url)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('declaredLength', () => {
  test('is of head and body', () => {
    expect(declaredLength('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab')).toBe(41);
  });

  test('is not known before the head is complete', () => {
    expect(declaredLength('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n')).toBeUndefined();
  });

  test('refuses a response whose length is not declared', () => {
    expect(() => declaredLength('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')).toThrow('Content-Length');
  });
});
