import { createServer, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { answersIn, type ReadAnswer } from './answers-in.ts';
import { gateCloud } from './gate-cloud.ts';
import { ACK, answerHttp2, block, END_HEADERS, END_STREAM, frame, frames, headers, number32 } from './http2-wire.ts';
import { servicesOf, watched } from './mirror-cloud.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

const requests = {
  GET: 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  HEAD: 'HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  POST: 'POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi',
} as const;
type Method = keyof typeof requests;

/** An answer's body, another status, or `broken`: it does not end as it says. */
type Expected = number | string;
type Frames = (stream: number) => Buffer[];

const done = END_HEADERS | END_STREAM;
const status = (value: string): [string, string] => [':status', value];
const data = (stream: number, text: string, flags = END_STREAM) => frame(frames.DATA, flags, stream, text);
const ok: Frames = (stream) => [headers(stream, [status('200')]), data(stream, 'ok')];
const withHeader =
  (...fields: [string, string][]): Frames =>
  (stream) => [headers(stream, [status('200'), ...fields]), data(stream, 'ok')];
const many = (count: number, one: Buffer) => Buffer.concat(Array.from({ length: count }, () => one));

/** What a container may send, and what its caller gets; HEAD where it is something else. */
const table: Record<string, readonly [frames: Frames, expected: Expected, head?: Expected]> = {
  'an answer': [ok, 'ok', ''],
  ...Object.fromEntries(
    ['0', '000', '099', '99', '600', '999', '1000', '-200', '2OO', ''].map((value) => [
      `the status "${value}"`,
      [(stream: number) => [headers(stream, [status(value)]), data(stream, 'ok')], 503],
    ]),
  ),
  'no status': [(stream) => [headers(stream, [['x', '1']], done)], 503],
  'two statuses': [withHeader(status('200')), 503],
  'a status behind a header': [(stream) => [headers(stream, [['x', '1'], status('200')], done)], 503],
  'a request’s pseudo header': [withHeader([':path', '/']), 503],
  'a pseudo header that is none': [withHeader([':x', '1']), 503],
  'a switch of protocols': [(stream) => [headers(stream, [status('101')])], 503],
  'interim answers, then the answer': [
    (stream) => [many(10, headers(stream, [status('103')])), ...ok(stream)],
    'ok',
    '',
  ],
  'interim answers without end': [(stream) => [many(5000, headers(stream, [status('103')]))], 503],
  'an interim answer that ends': [(stream) => [headers(stream, [status('103')], done)], 503],
  'upper case': [withHeader(['X-Upper', '1']), 503],
  ...Object.fromEntries(
    ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map((name) => [
      `${name}, which is of HTTP/1.1`,
      [withHeader([name, name === 'transfer-encoding' ? 'chunked' : 'set-cookie']), 503],
    ]),
  ),
  // These headers do not arrive.
  'a line break in a value': [withHeader(['x', 'a\r\nset-cookie: b=c']), 'ok', ''],
  'a NUL in a value': [withHeader(['x', 'a\0b']), 'ok', ''],
  'no name': [withHeader(['', '1']), 'ok', ''],
  'a name that is none': [withHeader(['x@()', '1']), 'ok', ''],
  'a value in Latin 1': [withHeader(['x', 'caf\xe9']), 'ok', ''],
  'names of the language': [withHeader(['__proto__', '1'], ['constructor', '1'], ['tostring', '1']), 'ok', ''],
  'the same header twice': [
    withHeader(['content-type', 'a'], ['content-type', 'b'], ['etag', 'c'], ['etag', 'd']),
    'ok',
    '',
  ],
  'two lengths': [withHeader(['content-length', '2'], ['content-length', '2']), 503],
  'a length that is none': [withHeader(['content-length', '-2']), 503],
  'more than its length': [withHeader(['content-length', '1']), 'broken', ''],
  'less than its length': [withHeader(['content-length', '9']), 'broken', ''],
  'less than its length, and a reset without an error': [
    (stream) => [
      headers(stream, [status('200'), ['content-length', '9']]),
      data(stream, 'ok', 0),
      frame(frames.RST_STREAM, 0, stream, number32(0)),
    ],
    'broken',
    '',
  ],
  'a body before its head': [(stream) => [data(stream, 'ok'), ...ok(stream)], 503],
  '204 with a body': [(stream) => [headers(stream, [status('204')]), data(stream, 'body')], 204],
  '204 that does not end': [(stream) => [headers(stream, [status('204')])], 204],
  '304 with a length and a body': [
    (stream) => [headers(stream, [status('304'), ['content-length', '4']]), data(stream, 'body')],
    304,
  ],
  'two heads': [
    (stream) => [headers(stream, [status('200')]), headers(stream, [status('200')]), data(stream, 'ok')],
    'broken',
    '',
  ],
  trailers: [
    (stream) => [headers(stream, [status('200')]), data(stream, 'ok', 0), headers(stream, [['x-sum', '1']], done)],
    'ok',
    '',
  ],
  'trailers with a status': [
    (stream) => [headers(stream, [status('200')]), data(stream, 'ok', 0), headers(stream, [status('500')], done)],
    'broken',
    '',
  ],
  'a head cut into pieces': [
    (stream) => {
      const whole = block([status('200'), ['x', '1']]);
      return [
        frame(frames.HEADERS, 0, stream, whole.subarray(0, 5)),
        frame(frames.CONTINUATION, END_HEADERS, stream, whole.subarray(5)),
        data(stream, 'ok'),
      ];
    },
    'ok',
    '',
  ],
  'a head in pieces without end': [
    (stream) => [
      frame(frames.HEADERS, 0, stream, block([status('200')])),
      many(5000, frame(frames.CONTINUATION, 0, stream)),
    ],
    503,
  ],
  'a piece of a head without a head': [
    (stream) => [frame(frames.CONTINUATION, END_HEADERS, stream, block([status('200')]))],
    503,
  ],
  'a head that is no head': [(stream) => [frame(frames.HEADERS, END_HEADERS, stream, '\xff\xff\xff\xff')], 503],
  'many headers': [
    withHeader(...Array.from({ length: 800 }, (_, index): [string, string] => ['x', `${index}`])),
    'ok',
    '',
  ],
  'headers over the limit': [
    (stream) => [
      headers(stream, [status('200')], 0),
      many(5, frame(frames.CONTINUATION, 0, stream, block([['x', 'x'.repeat(14_000)]]))),
      frame(frames.CONTINUATION, END_HEADERS, stream),
      data(stream, 'ok'),
    ],
    503,
  ],
  ...Object.fromEntries(
    [0, 1, 2, 7, 8, 11, 13, 4_000_000_000].map((code) => [
      `a reset with ${code}`,
      [(stream: number) => [frame(frames.RST_STREAM, 0, stream, number32(code))], 503],
    ]),
  ),
  'a reset in the middle': [
    (stream) => [
      headers(stream, [status('200')]),
      data(stream, 'ok', 0),
      frame(frames.RST_STREAM, 0, stream, number32(2)),
    ],
    'broken',
    '',
  ],
  'resets without end': [(stream) => [many(5000, frame(frames.RST_STREAM, 0, stream, number32(8)))], 503],
  'a farewell': [() => [frame(frames.GOAWAY, 0, 0, Buffer.concat([number32(0), number32(0)]))], 503],
  'a farewell with an error': [() => [frame(frames.GOAWAY, 0, 0, Buffer.concat([number32(0), number32(2)]))], 503],
  'farewells without end': [
    () => [many(5000, frame(frames.GOAWAY, 0, 0, Buffer.concat([number32(0), number32(0)])))],
    503,
  ],
  'a farewell, and the answer': [
    (stream) => [frame(frames.GOAWAY, 0, 0, Buffer.concat([number32(stream), number32(0)])), ...ok(stream)],
    'ok',
    '',
  ],
  'many settings': [() => [many(20_000, frame(frames.SETTINGS, 0, 0))], 503],
  'settings that are none': [
    () => [frame(frames.SETTINGS, 0, 0, Buffer.concat([Buffer.of(0, 4), number32(4_294_967_295)]))],
    503,
  ],
  'settings of an odd length': [() => [frame(frames.SETTINGS, 0, 0, 'abc')], 503],
  'settings acknowledged that nobody sent': [() => [many(5000, frame(frames.SETTINGS, ACK, 0))], 503],
  'many pings': [() => [many(20_000, frame(frames.PING, 0, 0, '12345678'))], 503],
  'a window of nothing': [(stream) => [frame(frames.WINDOW_UPDATE, 0, stream, number32(0))], 503],
  'a window beyond the largest': [() => [many(3, frame(frames.WINDOW_UPDATE, 0, 0, number32(2_147_483_647)))], 503],
  'a promise': [
    (stream) => [
      frame(frames.PUSH_PROMISE, END_HEADERS, stream, Buffer.concat([number32(2), block([[':path', '/']])])),
      ...ok(stream),
    ],
    503,
  ],
  'a stream that nobody opened': [(stream) => [...ok(stream + 2)], 503],
  'a frame that nobody knows': [(stream) => [frame(99, 255, stream, 'what'), ...ok(stream)], 'ok', ''],
  'a frame beyond the largest': [(stream) => [data(stream, 'x'.repeat(20_000))], 503],
  'HTTP/1.1': [() => [Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')], 503],
  rubbish: [() => [Buffer.alloc(300, 0xff)], 503],
  nothing: [() => [], 503],
};

function resultOf(answer: ReadAnswer | undefined): Expected {
  if (answer?.whole !== true) return 'broken';
  return answer.status === 200 ? answer.body : answer.status;
}

describe('what a container that speaks HTTP/2 may answer', () => {
  const methods = Object.keys(requests) as Method[];

  verifies(
    'gate:raw-answers',
    `${Object.keys(table).length} ways to each of ${methods.length}: its caller is told, and the gate goes on`,
    async () => {
      let next: Frames | undefined;
      const answer = (stream: number, socket: Socket) => {
        if (socket.writableEnded) return;
        for (const bytes of (next ?? ok)(stream)) socket.write(bytes);
        socket.end();
      };
      const server = createServer((socket) => answerHttp2(socket, answer));
      await using gates = watched(await gateCloud({ server, gate: { services: servicesOf('http2') } }), {});
      const [got, expected]: unknown[][] = [[], []];
      for (const [name, [made, result, head = result]] of Object.entries(table))
        for (const method of methods) {
          next = made;
          const before = gates.cloud.decisions.list().length;
          const [answer] = answersIn(await wire(gates.url('open'), requests[method]), [method]);
          const decided = gates.cloud.decisions.list().slice(before);
          got?.push([name, method, resultOf(answer), decided.length]);
          expected?.push([name, method, method === 'HEAD' ? head : result, 1]);
          expect(answer?.head ?? '').not.toMatch(/\nx: a|set-cookie/);
          if (answer !== undefined) expect(decided[0]?.status, `${name} ${method}`).toBe(answer.status);
          next = undefined;
          expect(await wire(gates.url('open'), requests.GET), `after ${name}`).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok/);
        }
      expect(got).toEqual(expected);
      expect(gates.thrown).toEqual([]);
    },
  );

  verifies('gate:raw-answers', 'and what never comes to its end, within the request timeout', async () => {
    let next: Frames = () => [];
    const server = createServer((socket) =>
      answerHttp2(socket, (stream) => {
        for (const bytes of next(stream)) socket.write(bytes);
      }),
    );
    await using gates = watched(
      await gateCloud({ server, gate: { services: { open: { ...servicesOf('http2').open, requestTimeout: 100 } } } }),
      {},
    );
    const endless: Frames[] = [
      () => [],
      (stream) => [headers(stream, [status('103')])],
      (stream) => [frame(frames.HEADERS, 0, stream, block([status('200')]))],
      () => [frame(frames.SETTINGS, 0, 0, Buffer.concat([Buffer.of(0, 3), number32(0), Buffer.of(0, 4), number32(0)]))],
    ];
    for (next of endless)
      for (const method of methods)
        expect(await wire(gates.url('open'), requests[method])).toMatch(/^HTTP\/1\.1 50[34] /);
    next = (stream) => [headers(stream, [status('200')]), data(stream, 'ok', 0)];
    // A slow machine may not even have seen its beginning by then.
    for (const method of ['GET', 'POST'] as const)
      expect(['broken', 504]).toContain(resultOf(answersIn(await wire(gates.url('open'), requests[method]))[0]));
    expect(gates.thrown).toEqual([]);
  });
});
