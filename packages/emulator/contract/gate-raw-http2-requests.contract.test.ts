import { describe, expect } from 'vitest';
import type { Decision } from '../src/index.ts';
import { http2Wire } from './http2-caller.ts';
import { ACK, block, END_HEADERS, END_STREAM, frame, frames, headers, number32, PREFACE } from './http2-wire.ts';
import { type MirrorCloud, mirrorCloud, named, protocols } from './mirror-cloud.ts';
import { verifies } from './verifies.ts';
import { dial, wire } from './wire.ts';

type Field = readonly [name: string, value: string];
/** A status, a stream that is reset, or a connection that is closed. */
type Expected = number | 'reset' | 'closed';

const pseudo: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'x'],
  [':path', '/x'],
];
const done = END_HEADERS | END_STREAM;
const get = (...more: Field[]) => [headers(1, [...pseudo, ...more], done)];
const withPseudo = (name: string, value: string | undefined, ...more: Field[]) => [
  headers(
    1,
    [...pseudo.filter(([one]) => one !== name), ...(value === undefined ? [] : [[name, value] as const]), ...more],
    done,
  ),
];
const post = (length: string | undefined, body: string, ...more: Field[]) => [
  headers(1, [
    ...pseudo.map(([name, value]): Field => [name, name === ':method' ? 'POST' : value]),
    ...(length === undefined ? [] : [['content-length', length] as const]),
    ...more,
  ]),
  frame(frames.DATA, END_STREAM, 1, body),
];
const many = (count: number, one: Buffer) => Buffer.concat(Array.from({ length: count }, () => one));
const long = (bytes: number) => [
  headers(1, pseudo, END_STREAM),
  many(Math.ceil(bytes / 14_000), frame(frames.CONTINUATION, 0, 1, block([['x', 'x'.repeat(14_000)]]))),
  frame(frames.CONTINUATION, END_HEADERS, 1),
];

/** What a caller may send, and what becomes of it. */
const table: Readonly<Record<string, readonly [frames: readonly Buffer[], expected: Expected]>> = {
  'a request': [get(), 200],
  'a request with a body': [post('5', 'hello'), 200],
  'a body without a length': [post(undefined, 'hello'), 200],
  'no body and no length': [withPseudo(':method', 'POST'), 200],
  HEAD: [withPseudo(':method', 'HEAD'), 200],
  ...Object.fromEntries(
    [':method', ':scheme', ':path'].map((name) => [`no ${name}`, [withPseudo(name, undefined), 'reset']]),
  ),
  ...Object.fromEntries(
    pseudo.map(([name, value]) => [`${name} twice`, [[headers(1, [...pseudo, [name, value]], done)], 'reset']]),
  ),
  ...Object.fromEntries(
    pseudo.map(([name]) => [
      `${name} behind a field`,
      [
        [
          headers(
            1,
            [...pseudo.filter(([one]) => one !== name), ['x', '1'], ...pseudo.filter(([one]) => one === name)],
            done,
          ),
        ],
        'reset',
      ],
    ]),
  ),
  'neither :authority nor Host': [withPseudo(':authority', undefined), 'reset'],
  'Host alone': [withPseudo(':authority', undefined, ['host', 'x']), 200],
  'Host as :authority has it': [get(['host', 'x']), 200],
  'Host that differs from :authority': [get(['host', 'y']), 400],
  'Host twice': [withPseudo(':authority', undefined, ['host', 'x'], ['host', 'x']), 'reset'],
  'an answer’s pseudo-header': [get([':status', '200']), 'reset'],
  'a pseudo-header that is none': [[headers(1, [...pseudo, [':x', '1']], done)], 'reset'],
  'capitals in a name': [get(['X-Upper', '1']), 'reset'],
  ...Object.fromEntries(
    ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map((name) => [
      `${name}, which is of one connection`,
      [get([name, name === 'transfer-encoding' ? 'chunked' : 'x-serverless-authorization']), 'reset'],
    ]),
  ),
  'te with trailers': [get(['te', 'trailers']), 200],
  'te with anything else': [get(['te', 'gzip']), 'reset'],
  ...Object.fromEntries(
    [
      ['a line break', '/x HTTP/1.1\r\nHost: y\r\n\r\nGET /smuggled'],
      ['a NUL', '/x\0y'],
      ['a blank', '/x y'],
      ['a fragment', '/open#/../secret'],
      ['bytes beyond ASCII', '/\xff'],
    ].map(([what = '', path]) => [
      `${what} in :path`,
      [withPseudo(':path', path), /line|NUL|blank/.test(what) ? 'reset' : 400],
    ]),
  ),
  'no slash in :path': [withPseudo(':path', 'x'), 'reset'],
  'an empty :path': [withPseudo(':path', ''), 'reset'],
  'an absolute :path': [withPseudo(':path', 'http://y/x'), 'reset'],
  'the asterisk': [withPseudo(':path', '*'), 'reset'],
  'the asterisk for OPTIONS': [[headers(1, [[':method', 'OPTIONS'], ...withoutMethod(), [':path', '*']], done)], 400],
  'a scheme that is none': [withPseudo(':scheme', 'ftp'), 400],
  'https where there is no TLS': [withPseudo(':scheme', 'https'), 200],
  'a method that nobody knows': [withPseudo(':method', 'BREW'), 400],
  'a method in lower case': [withPseudo(':method', 'get'), 400],
  'a method with a blank': [withPseudo(':method', 'GET /smuggled'), 'reset'],
  'CONNECT to elsewhere': [
    [
      headers(
        1,
        [
          [':method', 'CONNECT'],
          [':authority', 'y:1'],
        ],
        done,
      ),
    ],
    405,
  ],
  'CONNECT for a WebSocket': [
    [headers(1, [[':method', 'CONNECT'], [':protocol', 'websocket'], ...withoutMethod(), [':path', '/']])],
    'reset',
  ],
  'an authority that is none': [withPseudo(':authority', 'a@b'), 'reset'],
  'a line break in :authority': [withPseudo(':authority', 'x\r\ny: z'), 'reset'],
  'a length too long': [post('9', 'hello'), 'reset'],
  'a length too short': [post('2', 'hello'), 'closed'],
  'a length below zero': [post('-5', 'hello'), 'reset'],
  'a length in hex': [post('0x5', 'hello'), 'reset'],
  'two lengths': [post('5', 'hello', ['content-length', '5']), 'reset'],
  'a length without a body': [get(['content-length', '5']), 'reset'],
  'a name that CGI reads as a decisive one': [get(['x_serverless_authorization', 'Bearer x']), 400],
  'an expectation that nobody knows': [get(['expect', '200-maybe']), 417],
  'a head longer than it may be': [long(70_000), 431],
  'a head longer than anybody reads': [long(200_000), 'closed'],
  'more fields than anybody counts': [
    [headers(1, [...pseudo, ...Array.from({ length: 2500 }, (): Field => ['x', ''])], done)],
    'reset',
  ],
  'trailers with a pseudo-header': [
    [headers(1, pseudo), frame(frames.DATA, 0, 1, 'x'), headers(1, [[':path', '/y']], done)],
    'reset',
  ],
  'a stream of an even number': [[headers(2, pseudo, done)], 'closed'],
  'a body for no stream': [[frame(frames.DATA, END_STREAM, 0, 'x')], 'closed'],
  'a body before its head': [[frame(frames.DATA, END_STREAM, 1, 'x')], 'closed'],
  'a piece of a head without a head': [[frame(frames.CONTINUATION, END_HEADERS, 1, block(pseudo))], 'closed'],
  'another frame within a head': [
    [frame(frames.HEADERS, END_STREAM, 1, block(pseudo)), frame(frames.PING, 0, 0, '12345678')],
    'closed',
  ],
  'a head in pieces without end': [
    [frame(frames.HEADERS, 0, 1, block(pseudo)), many(5000, frame(frames.CONTINUATION, 0, 1))],
    'closed',
  ],
  'half a head, and silence': [[frame(frames.HEADERS, 0, 1, block(pseudo))], 'closed'],
  'a head that is no head': [[frame(frames.HEADERS, done, 1, '\xff\xff\xff\xff')], 'closed'],
  'a promise': [[frame(frames.PUSH_PROMISE, END_HEADERS, 1, block(pseudo))], 'closed'],
  'a frame larger than agreed': [[frame(frames.HEADERS, done, 1, Buffer.alloc(20_000))], 'closed'],
  'settings that are none': [
    [frame(frames.SETTINGS, 0, 0, Buffer.concat([Buffer.of(0, 4), number32(4_294_967_295)]))],
    'closed',
  ],
  'settings of an odd length': [[frame(frames.SETTINGS, 0, 0, 'abc')], 'closed'],
  'a window that overflows': [[frame(frames.WINDOW_UPDATE, 0, 0, number32(0x7fffffff))], 'closed'],
  'a flood of settings': [[many(20_000, frame(frames.SETTINGS, 0, 0, Buffer.alloc(6)))], 'closed'],
  'a flood of pings': [[many(20_000, frame(frames.PING, 0, 0, '12345678'))], 'closed'],
  'a flood of acknowledgements': [[many(20_000, frame(frames.SETTINGS, ACK, 0))], 'closed'],
  'nothing but the preface': [[], 'closed'],
};

/** Whether the head of a request that is reset can be read, and what comes behind it cannot. */
function isSeen(name: string): boolean {
  return name === 'a length too long' || name === 'trailers with a pseudo-header';
}

function withoutMethod(): Field[] {
  return pseudo.filter(([name]) => name !== ':method' && name !== ':path');
}

/** Whatever was sent before. */
async function isWell(gates: MirrorCloud): Promise<void> {
  expect(await wire(gates.url('open'), 'GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /<\/well>/,
  );
  expect(gates.thrown).toEqual([]);
}

describe.each(protocols)('what a caller may send in HTTP/2 to a container that speaks %s', (protocol) => {
  verifies('gate:raw-http2', `${Object.keys(table).length} ways, and the gate goes on`, async () => {
    await using gates = await mirrorCloud(protocol, { headersTimeout: 300, requestTimeout: 3000 });
    const [got, expected]: unknown[][] = [[], []];
    for (const [name, [sent, outcome]] of Object.entries(table)) {
      gates.reached.length = 0;
      const { streams, closed } = await http2Wire(gates.url('open'), sent);
      const { status, reset } = streams.get(1) ?? {};
      const reached = gates.reached.map(({ path }) => path);
      got?.push([name, status ?? (closed ? 'closed' : reset === undefined ? 'nothing' : 'reset'), reached]);
      expected?.push([name, outcome, outcome === 200 ? ['/x'] : []]);
      await isWell(gates);
    }
    expect(got).toEqual(expected);
    // What nghttp2 resets by itself is told as well, when the connection ends at the latest.
    const told = gates.cloud.decisions.list().filter(({ reason }) => /had no proper head/.test(reason));
    const reset = Object.entries(table).filter(([name, [, outcome]]) => outcome === 'reset' && !isSeen(name));
    const unended = ['half a head, and silence'];
    expect(told).toHaveLength(reset.length + unended.length);
    for (const { status } of gates.cloud.decisions.list()) expect(status).toBeLessThan(500);
  });

  verifies('gate:raw-http2', 'what is no header in HTTP/1.1 does not arrive, and what follows does', async () => {
    await using gates = await mirrorCloud(protocol);
    for (const [name, value] of [
      ['x', 'a\r\nx-smuggled: b'],
      ['x', 'a\nx-smuggled: b'],
      ['x', 'a\0b'],
      ['x', 'a\x7fb'],
      ['x:y', '1'],
      ['x y', '1'],
      ['x\r\ny', '1'],
      ['', '1'],
      ['authorization', 'Bearer a\r\nx: y'],
    ] as const) {
      const { streams } = await http2Wire(gates.url('open'), get([name, value], ['x-last', '1']));
      expect(streams.get(1)).toMatchObject({ status: 200 });
      const reached = gates.reached.at(-1) ?? { raw: [] };
      expect(named(reached, name), name).toEqual([]);
      expect(named(reached, 'x-smuggled')).toEqual([]);
      expect(named(reached, 'x-last')).toEqual(['1']);
    }
  });

  verifies('gate:raw-http2', 'a cookie in crumbs is one, and a header that was sent twice arrives twice', async () => {
    await using gates = await mirrorCloud(protocol);
    await http2Wire(
      gates.url('open'),
      get(
        ['cookie', 'a=b'],
        ['x', '1'],
        ['cookie', ''],
        ['cookie', 'c=d'],
        ['cookie', ''],
        ['x', '2'],
        ['te', 'trailers'],
      ),
    );
    const reached = gates.reached.at(-1) ?? { raw: [] };
    expect(named(reached, 'cookie')).toEqual(['a=b; c=d']);
    expect(named(reached, 'x')).toEqual(['1', '2']);
    expect(named(reached, protocol === 'http1' ? 'host' : ':authority')).toEqual(['x']);
    expect(named(reached, 'te')).toEqual(protocol === 'http1' ? [] : ['trailers']);
  });

  verifies('gate:raw-http2', 'credentials are read as in HTTP/1.1, and trailers hold none', async () => {
    await using gates = await mirrorCloud(protocol);
    const [, good = ''] = await gates.bearer('open', 'closed');
    const ask = async (...sent: Buffer[]) => (await http2Wire(gates.url('closed'), sent)).streams.get(1)?.status;
    expect(await ask(...get(['authorization', good]))).toBe(200);
    expect(await ask(...get(['x-serverless-authorization', good], ['authorization', 'Basic x']))).toBe(200);
    expect(named(gates.reached.at(-1) ?? { raw: [] }, 'x-serverless-authorization')[0]).toMatch(
      /SIGNATURE_REMOVED_BY_GOOGLE$/,
    );
    const reached = gates.reached.length;
    for (const name of ['authorization', 'x-serverless-authorization']) {
      expect(await ask(...get([name, good], [name, good])), name).toBe(401);
      expect(await ask(...get([name, 'Bearer a.b.c'], [name, good])), name).toBe(401);
    }
    expect(await ask(...get(['authorization', good], ['x-serverless-authorization', 'Bearer a.b.c']))).toBe(401);
    const inTrailers = [headers(1, pseudo), frame(frames.DATA, 0, 1, 'x'), headers(1, [['authorization', good]], done)];
    expect(await ask(...inTrailers)).toBe(403);
    expect(gates.reached).toHaveLength(reached);
  });

  verifies('gate:reset-heads', 'while the connection is open, behind the next request, and when it ends', async () => {
    await using gates = await mirrorCloud(protocol);
    const decisions: Decision[] = [];
    gates.cloud.decisions.onDecision((decision) => decisions.push(decision));
    const upper = (stream: number) => headers(stream, [...pseudo, ['X-Upper', '1']], done);
    const told = () => decisions.filter(({ rule }) => rule === 'malformed-request');

    // Three, then one that is read.
    await http2Wire(gates.url('open'), [upper(1), upper(3), upper(5), headers(7, pseudo, done)], [7]);
    expect(told()).toMatchObject([
      {
        status: 400,
        caller: 'anonymous',
        receiver: 'open',
        reason: expect.stringMatching(/^each of 3 requests/),
        mend: expect.stringContaining('lower case'),
      },
    ]);
    expect(decisions.at(-1)).toMatchObject({ status: 200 });

    // Who begins with the third stream has kept nothing back.
    decisions.length = 0;
    await http2Wire(gates.url('open'), [headers(3, pseudo, done), headers(5, pseudo, done)], [3, 5]);
    expect(decisions.map(({ status }) => status)).toEqual([200, 200]);

    // The connection stays: nobody but the gate ends it.
    decisions.length = 0;
    const socket = await dial(gates.url('open'));
    const first = new Promise<Decision>((resolve) => gates.cloud.decisions.onDecision(resolve));
    socket.write(Buffer.concat([PREFACE, frame(frames.SETTINGS, 0, 0), upper(1)]));
    expect(await first).toMatchObject({
      status: 400,
      reason: expect.stringMatching(/^a request in HTTP\/2 had no proper head/),
    });
    expect(socket.closed).toBe(false);
    socket.destroy();
    await isWell(gates);
    expect(told()).toHaveLength(1);
  });

  verifies('gate:reset-heads', 'and a flood of them is told in a few words', async () => {
    await using gates = await mirrorCloud(protocol);
    const upper = Array.from({ length: 20_000 }, (_, index) =>
      headers(2 * index + 1, [...pseudo, ['X-Upper', '1']], done),
    );
    expect((await http2Wire(gates.url('open'), upper, [40_001])).closed).toBe(true);
    const told = gates.cloud.decisions.list();
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(20);
    await isWell(gates);
  });

  verifies('gate:raw-http2', 'however a caller leaves, answered or refused, the gate goes on', async () => {
    await using gates = await mirrorCloud(protocol, { headersTimeout: 300, requestTimeout: 3000 });
    const asked = { 'a request': get(), 'half a request': [headers(1, pseudo)], 'too long a head': long(70_000) };
    const next = headers(3, pseudo, done);
    const ends = [0, 1, 2, 7, 8, 11].flatMap((code) => [
      [frame(frames.RST_STREAM, 0, 1, number32(code)), next],
      [frame(frames.GOAWAY, 0, 0, Buffer.concat([number32(0), number32(code)]))],
    ]);
    for (const [name, sent] of Object.entries(asked))
      for (const end of ends) {
        // In one piece: all of it is there before anybody has looked at the first.
        await http2Wire(gates.url('open'), [...sent, ...end], [3]);
        expect(gates.thrown, `${name}, then ${end[0]?.toString('hex')}`).toEqual([]);
      }
    await isWell(gates);
  });

  verifies('gate:raw-http2', 'resets in quick succession end the connection, and not the gate', async () => {
    await using gates = await mirrorCloud(protocol);
    const pairs = Array.from({ length: 5000 }, (_, index) => [
      headers(2 * index + 1, pseudo, done),
      frame(frames.RST_STREAM, 0, 2 * index + 1, number32(8)),
    ]).flat();
    const { closed } = await http2Wire(gates.url('open'), pairs, [10_001]);
    expect(closed).toBe(true);
    await isWell(gates);
  });
});
