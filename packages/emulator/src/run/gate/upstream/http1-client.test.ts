import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { AnswerHandler, ContainerClient, ContainerRequest, Exchange } from './container-client.ts';
import { createHttp1Client } from './http1-client.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
const closing: (() => Promise<unknown>)[] = [];

interface Container {
  readonly client: ContainerClient;
  /** What came on each connection, one text for each. */
  readonly came: string[];
  readonly sockets: Socket[];
}

/** @param answer what a container sends on what comes, or does with the connection */
async function containerThat(answer: (socket: Socket, count: number) => void): Promise<Container> {
  const [came, sockets]: [string[], Socket[]] = [[], []];
  let count = 0;
  const server = createServer((socket) => {
    const index = sockets.push(socket) - 1;
    came[index] = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      came[index] += chunk.toString('latin1');
      answer(socket, ++count);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createHttp1Client({ address, maxHeaderBytes: 10_000 });
  closing.push(async () => {
    client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { client, came, sockets };
}

const get: ContainerRequest = {
  method: 'GET',
  target: '/x',
  authority: 'container.example',
  headers: [],
  body: undefined,
  length: undefined,
  limit: 0,
  upgrade: undefined,
  grpc: false,
};

/** The body of an answer. */
function ask(client: ContainerClient, request: Partial<ContainerRequest> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    client.send(
      { ...get, headers: [], ...request },
      {
        onHead: () => undefined,
        onData(chunk) {
          body += chunk;
          return true;
        },
        onEnd: () => resolve(body),
        onSwitch: () => reject(new Error('switched')),
        onFailure: reject,
      },
    );
  });
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

describe('what a container gets', () => {
  test('a request in one piece, as it is to be', async () => {
    const { client, came } = await containerThat((socket) => void socket.write(ok));
    expect(await ask(client, { target: '/a?b', headers: ['X-One', '1', 'x-one', '2'] })).toBe('ok');
    expect(came).toEqual([
      'GET /a?b HTTP/1.1\r\nhost: container.example\r\nconnection: keep-alive\r\nX-One: 1\r\nx-one: 2\r\n\r\n',
    ]);
  });

  test.each([
    ['POST', 'content-length: 0'],
    ['PUT', 'content-length: 0'],
    ['HEAD', 'connection: close'],
  ])('%s says %s', async (method, line) => {
    const { client, came } = await containerThat((socket) => void socket.write(ok));
    await ask(client, { method });
    expect(came[0]).toContain(`\r\n${line}\r\n`);
  });

  test.each([
    { target: '/x HTTP/1.1' },
    { target: '/x\r\nX: 1' },
    { authority: 'x\r\ny' },
    { headers: ['X', '1\r\nY: 2'] },
    { headers: ['X', '1\n'] },
    { headers: ['X', '1\r'] },
    { headers: ['X', '\0'] },
    { headers: ['X\r\nY', '1'] },
  ])('never a line that nobody meant: %j', async (request) => {
    const { client, sockets } = await containerThat((socket) => void socket.write(ok));
    await expect(ask(client, request)).rejects.toThrow('line break');
    expect(sockets).toEqual([]);
  });
});

describe('a connection', () => {
  test('serves one request after the other, and as many as there are at once', async () => {
    const { client, sockets } = await containerThat((socket) => void socket.write(ok));
    for (let count = 0; count < 3; count += 1) await ask(client);
    expect(sockets).toHaveLength(1);
    await Promise.all([ask(client), ask(client), ask(client)]);
    expect(sockets).toHaveLength(3);
  });

  test.each([
    ['that says farewell', `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok`, 'GET'],
    ['that waits too short', `HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\nok`, 'GET'],
    ['with more than its answer', `${ok}more`, 'GET'],
    ['after HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', 'HEAD'],
  ])('%s serves no other request', async (_name, answer, method) => {
    const { client, sockets } = await containerThat((socket) => void socket.write(answer));
    await ask(client, { method });
    await ask(client, { method });
    expect(sockets).toHaveLength(2);
  });

  test('on which something came unasked serves nobody', async () => {
    const { client, sockets } = await containerThat((socket) => void socket.write(ok));
    await ask(client);
    sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled');
    await once(sockets[0] as Socket, 'close');
    expect(await ask(client)).toBe('ok');
    expect(sockets).toHaveLength(2);
  });

  test('that was closed while it was idle is not used, and the request is sent once', async () => {
    const { client, came, sockets } = await containerThat((socket) => void socket.write(ok));
    await ask(client);
    sockets[0]?.end();
    await once(sockets[0] as Socket, 'close');
    await ask(client, { method: 'DELETE' });
    expect(came.map((text) => text.split(' ')[0])).toEqual(['GET', 'DELETE']);
  });
});

describe('what fails', () => {
  test('a safe request is sent again, once; another is not', async () => {
    let closes = 1;
    const { client, sockets } = await containerThat((socket) => {
      if (closes-- > 0) socket.destroy();
      else socket.write(ok);
    });
    expect(await ask(client)).toBe('ok');
    closes = 2;
    await expect(ask(client)).rejects.toMatchObject({ code: 'ECONNRESET' });
    closes = 1;
    const before = sockets.length;
    await expect(ask(client, { method: 'DELETE' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sockets.length - before).toBeLessThanOrEqual(1);
  });

  test('an answer that has begun is not begun again', async () => {
    const { client, sockets } = await containerThat((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok');
    });
    await expect(ask(client)).rejects.toThrow('closed');
    expect(sockets).toHaveLength(1);
  });

  test('what is no HTTP/1.1 ends the connection', async () => {
    const { client, sockets } = await containerThat((socket) => void socket.write('SSH-2.0-x'));
    await expect(ask(client)).rejects.toThrow('no HTTP/1.1');
    await once(sockets[0] as Socket, 'close');
  });

  test.each([
    ['TLS', Buffer.from([0x15, 3, 3, 0, 2, 2, 40]), 'it speaks TLS'],
    ['HTTP/2', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), 'it speaks HTTP/2'],
  ])('%s is named', async (_name, bytes, says) => {
    const { client } = await containerThat((socket) => void socket.write(bytes));
    await expect(ask(client)).rejects.toThrow(says);
  });

  test('nobody listens', async () => {
    const client = createHttp1Client({ address: 'http://127.0.0.1:1', maxHeaderBytes: 1_000 });
    await expect(ask(client)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    client.close();
  });

  test('requests under way, and those to come, fail when it is closed', async () => {
    const { client, sockets } = await containerThat(() => client.close());
    await expect(ask(client)).rejects.toThrow('stopped');
    await expect(ask(client)).rejects.toThrow('stopped');
    expect(sockets).toHaveLength(1);
  });
});

describe('whoever is told', () => {
  function begin(client: ContainerClient, handler: Partial<AnswerHandler>): Exchange {
    const nothing = () => undefined;
    const all = { onHead: nothing, onData: () => true, onEnd: nothing, onSwitch: nothing, onFailure: nothing };
    return client.send({ ...get, headers: [] }, { ...all, ...handler });
  }

  test('and goes away before it is sent leaves no connection', async () => {
    const { client, sockets } = await containerThat((socket) => void socket.write(ok));
    begin(client, {}).abort();
    await turns(5);
    await ask(client);
    expect(sockets).toHaveLength(1);
  });

  test('and goes away later takes the connection along, and hears nothing more', async () => {
    const { client, sockets } = await containerThat(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok'),
    );
    const told: string[] = [];
    await new Promise<void>((resolve) => {
      const exchange = begin(client, {
        onData: () => {
          exchange.abort();
          resolve();
          return true;
        },
        onEnd: () => told.push('end'),
        onFailure: () => told.push('failure'),
      });
    });
    await once(sockets[0] as Socket, 'close');
    expect(told).toEqual([]);
  });

  test('and waits holds the container back', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x');
    let written = 0;
    const { client } = await containerThat((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => {
        while (written < 64) if (!socket.write(block, () => written++)) return void socket.once('drain', more);
      };
      more();
    });
    let came = 0;
    const exchange = begin(client, {
      onData: (chunk) => {
        came += chunk.length;
        return false;
      },
    });
    while (came === 0) await turns(1);
    await turns(50);
    const before = came;
    expect(before).toBeLessThanOrEqual(64 * 1024);
    exchange.resume();
    while (came === before) await turns(1);
    exchange.abort();
  });
});
