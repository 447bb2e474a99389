import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect } from 'vitest';
import { gateCloud } from './gate-cloud.ts';
import { heldMemory, settledMemory } from './memory.ts';
import { verifies } from './verifies.ts';
import { dial, until } from './wire.ts';

const MIB = 1024 * 1024;
/** MiB of the long streams; `RUN_EDGES_STREAM_MIB=1024` for the full length. */
const size = Number(process.env.RUN_EDGES_STREAM_MIB ?? 128);
const block = Buffer.alloc(MIB, 'run-edges ');

const blocks = (count: number) =>
  Readable.from(
    (function* () {
      for (let sent = 0; sent < count; sent++) yield block;
    })(),
    { objectMode: false, highWaterMark: MIB },
  );

/** After how many bytes of a stream it is looked: a look collects all garbage, which takes longer than to move a MiB. */
const LOOK_EVERY = 4 * MIB;

/**
 * The most MiB that this process came to hold while something ran, above where it was. By what was moved, not by the
 * clock: a stream that is held grows by as much from one look to the next, however fast the machine is.
 */
async function growthDuring(run: (moved: (bytes: number) => void) => Promise<void>): Promise<number> {
  const before = await settledMemory();
  let [most, looks, moved] = [0, 0, 0];
  await run((bytes) => {
    moved += bytes;
    if (moved < (looks + 1) * LOOK_EVERY) return;
    looks++;
    most = Math.max(most, heldMemory() - before);
  });
  expect(looks).toBeGreaterThanOrEqual(Math.floor((size * MIB) / LOOK_EVERY / 2));
  return most;
}

describe('memory', () => {
  verifies(
    'gate:flat-memory',
    `${size} MiB down and ${size} MiB up`,
    async () => {
      let received = 0;
      let onReceived = (_bytes: number): void => undefined;
      await using gates = await gateCloud({
        gate: { maxRequestBytes: 2 * size * MIB },
        app(request, response) {
          if (request.method === 'GET') blocks(size).pipe(response);
          request.on('data', (chunk: Buffer) => {
            received += chunk.length;
            onReceived(chunk.length);
          });
          request.on('end', () => request.method === 'POST' && response.end());
        },
      });
      const down = await growthDuring(async (moved) => {
        let bytes = 0;
        for await (const chunk of (await fetch(gates.url('open'))).body ?? []) {
          bytes += chunk.length;
          moved(chunk.length);
        }
        expect(bytes).toBe(size * MIB);
      });
      const up = await growthDuring(
        (moved) =>
          new Promise((resolve, reject) => {
            onReceived = moved;
            const sent = httpRequest(gates.url('open'), { method: 'POST', agent: false }, (answer) => {
              answer.resume().on('end', resolve);
            });
            sent.on('error', reject);
            blocks(size).pipe(sent);
          }),
      );
      expect(received).toBe(size * MIB);
      // Caller, gate and app are one process here: each holds some blocks, none holds the stream.
      expect(down).toBeLessThan(96);
      expect(up).toBeLessThan(96);
      console.log(`streams of ${size} MiB: at most ${down.toFixed(0)} MiB held down, ${up.toFixed(0)} MiB up`);
    },
    300_000,
  );

  verifies('gate:flat-memory', 'a caller that does not read holds the app back', async () => {
    let written = 0;
    const stalled = Promise.withResolvers<void>();
    await using gates = await gateCloud({
      app(_request, response) {
        const more = () => {
          while (written < 256) {
            written++;
            if (!response.write(block)) return void response.once('drain', more);
          }
        };
        more();
        stalled.resolve();
      },
    });
    const sent = httpRequest(gates.url('open'), { agent: false });
    sent.end();
    const answer = await new Promise<IncomingMessage>((resolve) => sent.on('response', resolve));
    answer.pause();
    await stalled.promise;
    let before = -1;
    while (before !== written) {
      before = written;
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    }
    expect(written).toBeLessThan(64);
    sent.destroy();
  });

  verifies(
    'gate:flat-memory',
    '1,000 callers that go away mid-request leave nothing',
    async () => {
      const open = new Set<unknown>();
      await using gates = await gateCloud({
        edges: 'services: { open: { public: true, concurrency: 10, maxInstances: 1 } }',
        app(request, response) {
          open.add(response);
          response.on('close', () => open.delete(response));
          request.resume();
          if (request.url === '/begun') response.write('first');
          if (request.url === '/well') response.end('well');
        },
      });
      const leave = async (path: string) => {
        const socket = await dial(gates.url('open'));
        socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nxx`);
        if (path === '/begun') await until(socket, 'first');
        socket.destroy();
      };
      const round = async () => {
        for (let count = 0; count < 500; count++) await leave(count % 2 === 0 ? '/begun' : '/waiting');
        while (open.size > 0) await new Promise(setImmediate);
      };
      await round();
      const before = await settledMemory();
      await round();
      // Ten places: had one been kept by somebody who left, this would wait in vain.
      const all = await Promise.all(
        Array.from({ length: 30 }, async () => (await fetch(`${gates.url('open')}/well`)).text()),
      );
      expect(new Set(all)).toEqual(new Set(['well']));
      expect((await settledMemory()) - before).toBeLessThan(24);
    },
    60_000,
  );
});
