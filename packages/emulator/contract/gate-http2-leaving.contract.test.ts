import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { END_HEADERS, END_STREAM, frame, frames, headers, number32, PREFACE } from './http2-wire.ts';
import { dial } from './wire.ts';

let gates: GateCloud;
beforeAll(async () => {
  gates = await gateCloud({
    app: (request, response) => (request.url === '/waits' ? response.write('some') : response.end('all')),
  });
});
afterAll(() => gates[Symbol.asyncDispose]());

const get = (path: string) =>
  headers(
    1,
    [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':authority', 'x'],
      [':path', path],
    ],
    END_HEADERS | END_STREAM,
  );
const goaway = (last: number, code = 0) => frame(frames.GOAWAY, 0, 0, Buffer.concat([number32(last), number32(code)]));
const dataOnNothing = frame(frames.DATA, END_STREAM, 0, 'x');

/** Says farewell once this stands in what was answered; gives the rules that were decided by. */
async function leave(path: string | undefined, answered: string, farewell: Buffer): Promise<string[]> {
  const before = gates.cloud.decisions.list().length;
  const socket = await dial(gates.url('open'));
  socket.write(Buffer.concat([PREFACE, frame(frames.SETTINGS, 0, 0), ...(path === undefined ? [] : [get(path)])]));
  let seen = '';
  for await (const chunk of socket) {
    seen += (chunk as Buffer).toString('latin1');
    if (!socket.writableEnded && seen.includes(answered)) socket.end(farewell);
  }
  if (!socket.closed) await once(socket, 'close');
  return gates.cloud.decisions
    .list()
    .slice(before)
    .map(({ rule }) => rule);
}

describe('who says farewell in HTTP/2', () => {
  test.each([
    ['as RFC 9113 has it', goaway(0)],
    // grpc-go does so each time: the stream that it names is none that the gate has opened.
    ['naming a stream of its own', goaway(1)],
    ['with an error', goaway(0, 2)],
  ])('when all is answered, %s, has asked nothing more', async (_how, farewell) => {
    expect(await leave('/', 'all', farewell)).toEqual(['public']);
  });

  test.each([
    ['before it asks for anything', undefined, ''],
    ['before its answer is whole', '/waits', 'some'],
  ])('with frames that are none %s is refused, and it is said', async (_when, path, answered) => {
    for (const farewell of [goaway(1), dataOnNothing]) {
      const rules = await leave(path, answered, farewell);
      expect(rules).toContain('malformed-request');
    }
  });
});
