import { WebSocket } from 'undici';
import { describe, expect } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { settledMemory } from './memory.ts';
import { verifies } from './verifies.ts';
import { webSocketApp } from './web-socket-app.ts';
import { dial, until, wire } from './wire.ts';

const at = (gates: GateCloud, service: string, path = '/') => `${gates.url(service).replace('http', 'ws')}${path}`;
const handshake = (more = '') =>
  `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'x'.repeat(22)}==\r\n${more}\r\n`;

function opened(socket: WebSocket): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(socket));
    socket.addEventListener('error', () => reject(new Error('not opened')));
  });
}
const said = (socket: WebSocket) =>
  new Promise<string>((resolve) =>
    socket.addEventListener('message', ({ data }) => resolve(`${data}`), { once: true }),
  );
const closed = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) =>
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
  );

describe('WebSockets', () => {
  verifies('gate:websocket', 'both ways, with pings and close codes from either side', async () => {
    const app = webSocketApp();
    await using gates = await gateCloud({ server: app.server });
    const echo = await opened(new WebSocket(at(gates, 'open')));
    for (const word of ['one', 'two']) {
      echo.send(word);
      expect(await said(echo)).toBe(word);
    }
    echo.close(4002, 'done');
    expect(await closed(echo)).toEqual({ code: 4002, reason: 'done' });
    expect(await closed(new WebSocket(at(gates, 'open', '/close')))).toEqual({ code: 4001, reason: 'enough' });
    const pinged = await opened(new WebSocket(at(gates, 'open', '/ping')));
    while (app.pongs.length === 0) await new Promise(setImmediate);
    expect(app.pongs).toEqual(['are you there']);
    pinged.close();
    await closed(pinged);
    expect(gates.cloud.decisions.list().map(({ status, rule }) => [status, rule])).toEqual(
      Array.from({ length: 3 }, () => [101, 'public']),
    );
  });

  verifies('gate:websocket', 'a container that does not want one answers as it likes', async () => {
    const app = webSocketApp();
    await using gates = await gateCloud({ server: app.server });
    const answer = await wire(gates.url('open'), handshake().replace('GET /', 'GET /refuse'));
    expect(answer).toMatch(/^HTTP\/1.1 418 Teapot\r\n/);
    expect(answer).toMatch(/no$/);
    const other = handshake('')
      .replace('Upgrade: websocket', 'Upgrade: h2c')
      .replace('Connection: Upgrade', 'Connection: Upgrade, close');
    expect(await wire(gates.url('open'), other)).toContain('no WebSocket');
    expect(app.asked).toHaveLength(1);
  });

  verifies('gate:websocket', 'until the request timeout', async () => {
    const app = webSocketApp();
    await using gates = await gateCloud({ server: app.server, gate: { requestTimeout: 1500 } });
    expect((await closed(await opened(new WebSocket(at(gates, 'open'))))).code).toBe(1006);
    while (app.open.size > 0) await new Promise(setImmediate);
  });

  verifies('gate:websocket-iam', 'with the pages of any refusal, and nothing reaches the container', async () => {
    const app = webSocketApp();
    await using gates = await gateCloud({ server: app.server });
    const [, wrong] = await gates.bearer('open', 'open');
    const [, stranger] = await gates.bearer('stranger', 'closed');
    for (const [status, more] of [
      [403, ''],
      [401, 'Authorization: Bearer a.b.c\r\n'],
      [401, `Authorization: ${wrong}\r\n`],
      [403, `Authorization: ${stranger}\r\n`],
    ] as const) {
      const answer = await wire(gates.url('closed'), handshake(more));
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toContain('</html>');
    }
    expect(await wire(gates.url('open'), handshake().replace('GET /', 'GET /healthz'))).toMatch(/^HTTP\/1.1 404 /);
    expect(app.asked).toHaveLength(0);
  });

  verifies('gate:websocket-iam', 'and the consumed token loses its signature', async () => {
    const app = webSocketApp();
    await using gates = await gateCloud({ server: app.server });
    const [, good = ''] = await gates.bearer('open', 'closed');
    const socket = await dial(gates.url('closed'));
    socket.write(handshake(`X-Serverless-Authorization: ${good}\r\nX-Google-A: 1\r\nX-Mine: 1\r\n`));
    const answer = await until(socket, '\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
    expect(answer.toLowerCase()).toContain('\r\nsec-websocket-accept: ');
    expect(answer.match(/upgrade: websocket/gi)).toHaveLength(1);
    const headers = app.asked[0]?.headers ?? {};
    expect(headers['x-serverless-authorization']).toBe(
      `${good.split('.').slice(0, 2).join('.')}.SIGNATURE_REMOVED_BY_GOOGLE`,
    );
    expect(headers).toMatchObject({ 'x-mine': '1', 'x-forwarded-proto': 'http', upgrade: 'websocket' });
    expect(headers['x-google-a']).toBeUndefined();
    socket.destroy();
    while (app.open.size > 0) await new Promise(setImmediate);
  });

  describe('1,000 of them', { tags: 'slow' }, () => {
    verifies(
      'gate:websocket-many',
      'all of them heard, none left, and nothing kept of them',
      async () => {
        const app = webSocketApp();
        await using gates = await gateCloud({ server: app.server });
        const round = async () => {
          const sockets = await Promise.all(
            Array.from({ length: 1000 }, () => opened(new WebSocket(at(gates, 'open')))),
          );
          expect(app.open.size).toBe(1000);
          const heard = sockets.map(said);
          for (const [index, socket] of sockets.entries()) socket.send(`${index}`);
          expect(await Promise.all(heard)).toEqual(sockets.map((_, index) => `${index}`));
          const gone = sockets.map(closed);
          for (const socket of sockets) socket.close();
          await Promise.all(gone);
          while (app.open.size > 0) await new Promise(setImmediate);
          app.asked.length = 0;
        };
        await round();
        const before = await settledMemory();
        await round();
        expect((await settledMemory()) - before).toBeLessThan(24);
      },
      120_000,
    );
  });

  verifies('gate:websocket', 'cut when the emulator stops, though nobody closes it', async () => {
    const app = webSocketApp();
    const gates = await gateCloud({ server: app.server });
    const socket = await opened(new WebSocket(at(gates, 'open')));
    const end = closed(socket);
    await gates[Symbol.asyncDispose]();
    expect((await end).code).toBe(1006);
  });
});
