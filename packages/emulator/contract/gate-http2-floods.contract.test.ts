import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { http2Wire } from './http2-caller.ts';
import { block, END_HEADERS, END_STREAM, frame, frames, headers, number32, PREFACE } from './http2-wire.ts';
import { settledMemory } from './memory.ts';
import { watched } from './mirror-cloud.ts';
import { verifies } from './verifies.ts';
import { dial, untilClosed, wire } from './wire.ts';

const MIB = 1024 * 1024;
/** MiB that a connection may make gate, container and caller hold, which are one process here. */
const MOST_HELD = 160;
const done = END_HEADERS | END_STREAM;
const pseudo = (method: string, path: string): [string, string][] => [
  [':method', method],
  [':scheme', 'http'],
  [':authority', 'x'],
  [':path', path],
];
const get = (stream: number, path: string) => headers(stream, pseudo('GET', path), done);
/** Odd numbers, as callers have them. */
const streams = (count: number) => Array.from({ length: count }, (_, index) => 2 * index + 1);
/** SETTINGS_INITIAL_WINDOW_SIZE. @see RFC 9113 section 6.5.2 */
const window = (bytes: number) => frame(frames.SETTINGS, 0, 0, Buffer.concat([Buffer.of(0, 4), number32(bytes)]));

interface Busy {
  readonly server: Server;
  /** Answers that are not at their end. */
  readonly open: Set<ServerResponse>;
  /** Bytes that were written, and requests that came. */
  written: number;
  asked: number;
}

/** A container that answers `/large` with 5 MiB and `/huge` with 64 as fast as they are taken, never reads at `/never`, and answers all else. */
function busy(): Busy {
  const open = new Set<ServerResponse>();
  const piece = Buffer.alloc(64 * 1024, 'x');
  const server = createServer((request, response) => {
    made.asked++;
    open.add(response);
    response.on('close', () => open.delete(response));
    response.on('error', () => undefined);
    if (request.url === '/never') return;
    request.resume();
    const length = { '/large': 5, '/huge': 64 }[request.url ?? ''];
    if (length === undefined) return void response.end(`<${request.url}>`);
    let left = (length * MIB) / piece.length;
    const more = (): void => {
      while (left-- > 0) {
        made.written += piece.length;
        if (!response.write(piece)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const made: Busy = { server, open, written: 0, asked: 0 };
  return made;
}

type Gates = GateCloud & { readonly thrown: unknown[] };

async function before(app: Busy, requestTimeout: number): Promise<Gates> {
  const services = { open: { concurrency: 1000, maxInstances: 2 } };
  return watched(await gateCloud({ server: app.server, gate: { services, requestTimeout } }), {});
}

/** Whoever comes now is answered, and nothing was thrown. */
async function isWell({ url, thrown }: Gates): Promise<void> {
  expect(await wire(url('open'), 'GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/<\/well>/);
  expect((await http2Wire(url('open'), [get(1, '/well')])).streams.get(1)).toMatchObject({ status: 200 });
  expect(thrown).toEqual([]);
}

/** A caller that goes on in its own way, and what comes back counted, not kept. */
async function caller(gates: Gates, ...sent: Buffer[]): Promise<{ socket: Socket; received: () => number }> {
  const socket = await dial(gates.url('open'));
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.write(Buffer.concat([PREFACE, frame(frames.SETTINGS, 0, 0), ...sent]));
  return { socket, received: () => bytes };
}

/** Resolves when nothing moves any more. */
async function stillness(moved: () => number): Promise<void> {
  let [last, turns] = [-1, 0];
  while (turns < 200) {
    await new Promise(setImmediate);
    turns = moved() === last ? turns + 1 : 0;
    last = moved();
  }
}

describe('a caller in HTTP/2 that reads nothing', () => {
  verifies(
    'gate:http2-floods',
    'of 500 answers of 5 MiB holds the container back, and its requests time out',
    async () => {
      for (const stall of ['its streams', 'its connection']) {
        const app = busy();
        await using gates = await before(app, 3000);
        const at = await settledMemory();
        const first = window(stall === 'its streams' ? 0 : 2_147_483_647);
        const { socket } = await caller(gates, first, ...streams(500).map((stream) => get(stream, '/large')));
        while (app.asked < 500) await new Promise(setImmediate);
        await stillness(() => app.written);
        expect((await settledMemory()) - at, stall).toBeLessThan(MOST_HELD);
        await isWell(gates);
        // The caller never goes; its requests are over in their time, and their places free.
        while (app.open.size > 0) await new Promise(setImmediate);
        expect(socket.closed, stall).toBe(false);
        socket.destroy();
        await isWell(gates);
      }
    },
  );

  verifies(
    'gate:http2-floods',
    'and dribbles a byte at a time costs no more than its own request',
    async () => {
      const app = busy();
      await using gates = await before(app, 60_000);
      const { socket, received } = await caller(gates, window(1), get(1, '/huge'));
      for (let count = 0; count < 5000; count++) {
        socket.write(frame(frames.WINDOW_UPDATE, 0, 1, number32(1)));
        if (count % 100 === 0) await new Promise(setImmediate);
      }
      await stillness(received);
      expect(app.written).toBeLessThan(16 * MIB);
      await isWell(gates);
      socket.destroy();
      while (app.open.size > 0) await new Promise(setImmediate);
    },
    120_000,
  );
});

describe('a caller in HTTP/2 that sends', () => {
  verifies(
    'gate:http2-floods',
    'what no container reads is held back, on 1,000 streams',
    async () => {
      const app = busy();
      await using gates = await before(app, 60_000);
      const at = await settledMemory();
      const heads = streams(1000).map((stream) => headers(stream, pseudo('POST', '/never')));
      const { socket } = await caller(gates, ...heads);
      while (app.asked < 1000) await new Promise(setImmediate);
      // Up to what one stream may have under way, each, whatever the gate says.
      const piece = Buffer.alloc(16 * 1024);
      for (let round = 0; round < 16; round++) {
        for (const stream of streams(1000)) socket.write(frame(frames.DATA, 0, stream, piece));
        await new Promise(setImmediate);
      }
      const sent = () => socket.bytesWritten;
      await stillness(sent);
      // What the caller itself could not send is held in this process, too.
      const held = (await settledMemory()) - at - socket.writableLength / MIB;
      console.log(`uploads that nobody reads: ${held.toFixed(0)} MiB held`);
      expect(held).toBeLessThan(MOST_HELD);
      await isWell(gates);
      let gone = 0;
      gates.cloud.decisions.onDecision(({ rule }) => {
        if (rule === 'caller-gone') gone++;
      });
      socket.destroy();
      while (gone < 1000) await new Promise(setImmediate);
    },
    120_000,
  );

  verifies(
    'gate:http2-floods',
    'frames with nothing in them loses its connection',
    async () => {
      const app = busy();
      await using gates = await before(app, 60_000);
      const flood = (one: Buffer) => Buffer.concat(Array.from({ length: 20_000 }, () => one));
      const floods: Record<string, readonly Buffer[]> = {
        'empty pieces of a body': [headers(1, pseudo('POST', '/x')), flood(frame(frames.DATA, 0, 1))],
        'padding alone': [headers(1, pseudo('POST', '/x')), flood(frame(frames.DATA, 8, 1, Buffer.of(0)))],
        pings: [flood(frame(frames.PING, 0, 0, '12345678'))],
        settings: [flood(window(65_535))],
        'resets of streams that are over': [get(1, '/x'), flood(frame(frames.RST_STREAM, 0, 1, number32(8)))],
        'windows of streams that nobody opened': [flood(frame(frames.WINDOW_UPDATE, 0, 9, number32(1)))],
      };
      for (const [name, sent] of Object.entries(floods)) {
        expect((await http2Wire(gates.url('open'), sent, [999])).closed, name).toBe(true);
        await isWell(gates);
      }
    },
    120_000,
  );

  verifies(
    'gate:http2-floods',
    'requests and takes them back asks the container for few of them',
    async () => {
      const app = busy();
      await using gates = await before(app, 60_000);
      const pairs = streams(20_000).flatMap((stream) => [
        get(stream, '/never'),
        frame(frames.RST_STREAM, 0, stream, number32(8)),
      ]);
      const at = await settledMemory();
      const { socket } = await caller(gates, ...pairs);
      await untilClosed(socket);
      while (app.open.size > 0) await new Promise(setImmediate);
      expect(app.asked).toBeLessThan(5000);
      expect((await settledMemory()) - at).toBeLessThan(MOST_HELD);
      await isWell(gates);
    },
    120_000,
  );

  verifies(
    'gate:http2-floods',
    'a head that unpacks to megabytes gets no further',
    async () => {
      const app = busy();
      await using gates = await before(app, 60_000);
      // A field of 4,000 bytes put into the table once, and named again and again by a byte. RFC 7541 section 6.2.1
      const value = 'x'.repeat(3900);
      const literal = block([['x', value]]);
      const indexed = Buffer.concat([Buffer.of(0x40), literal.subarray(1)]);
      const again = Buffer.alloc(16_000 - indexed.length, 0x80 | 62);
      const bomb = Buffer.concat([block(pseudo('GET', '/x')), indexed, again.subarray(0, 10_000)]);
      const at = await settledMemory();
      for (const stream of [1, 3, 5]) {
        const { streams: outcomes, closed } = await http2Wire(
          gates.url('open'),
          [frame(frames.HEADERS, done, stream, bomb)],
          [stream],
        );
        const { status, reset } = outcomes.get(stream) ?? {};
        expect(status === 431 || reset !== undefined || closed).toBe(true);
      }
      expect(app.asked).toBe(0);
      expect((await settledMemory()) - at).toBeLessThan(MOST_HELD);
      await isWell(gates);
    },
    120_000,
  );
});
