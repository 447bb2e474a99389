import { connect, type IncomingHttpHeaders } from 'node:http2';
import { createServer } from 'node:net';
import { describe, expect } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { http2Wire } from './http2-caller.ts';
import { answerHttp2, END_HEADERS, END_STREAM, frame, frames, headers } from './http2-wire.ts';
import { type MirrorCloud, mirrorCloud, named, type Protocol, protocols, servicesOf } from './mirror-cloud.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

type Field = readonly [name: string, value: string];

/** Names that frame a message, route it, or say who asks; no trailer has one. RFC 9110 section 6.5.1 */
const never = [
  ...['authorization', 'x-serverless-authorization', 'x_serverless_authorization', 'proxy-authorization', 'cookie'],
  ...['host', 'content-length', 'content-type', 'content-encoding', 'expect', 'forwarded', 'x-forwarded-for'],
  ...['x-forwarded-proto', 'x-goog-authenticated-user-email', 'x-google-a', 'traceparent', 'x-cloud-trace-context'],
  ...['range', 'if-match', 'trailer', 'te', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade'],
];
const MARK = '77';
const done = END_HEADERS | END_STREAM;
const pseudo: readonly Field[] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':authority', 'x'],
  [':path', '/x'],
];

/** Sends a body, and fields behind it. Gives the status; undefined where the request was broken off. */
const callers: Readonly<
  Record<Protocol, (gates: GateCloud, trailers: readonly Field[]) => Promise<number | undefined>>
> = {
  async http1(gates, trailers) {
    const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = 'POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await wire(gates.url('open'), `${head}5\r\nhello\r\n0\r\n${lines}\r\n`);
    return answer === '' ? undefined : Number(answer.split(' ')[1]);
  },
  async http2(gates, trailers) {
    const sent = [headers(1, pseudo), frame(frames.DATA, 0, 1, 'hello'), headers(1, trailers, done)];
    return (await http2Wire(gates.url('open'), sent)).streams.get(1)?.status;
  },
};

async function isWell(gates: MirrorCloud): Promise<void> {
  expect(await wire(gates.url('open'), 'GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /<\/well>/,
  );
  expect(gates.thrown).toEqual([]);
}

describe.each(protocols)('trailers of a request to a container that speaks %s', (container) => {
  verifies('gate:trailers', 'from callers of either protocol', async () => {
    await using gates = await mirrorCloud(container);
    for (const caller of protocols) {
      const trailers: Field[] = [
        ['x-sum', '1'],
        ['x-sum', '2'],
        ['etag', '"a"'],
        ['grpc-status', '0'],
        ['x-latin', 'caf\xe9'],
      ];
      expect(await callers[caller](gates, trailers), caller).toBe(200);
      const reached = gates.reached.at(-1);
      expect(reached?.body).toBe('hello');
      for (const name of new Set(trailers.map(([one]) => one)))
        expect(named(reached ?? { raw: [] }, name), `${caller} ${name}`).toEqual(
          trailers.flatMap(([one, value]) => (one === name ? [value] : [])),
        );
    }
    await isWell(gates);
  });

  verifies('gate:trailers', `none of ${never.length} that decide something, whoever sends it`, async () => {
    await using gates = await mirrorCloud(container);
    for (const caller of protocols)
      for (const name of never) {
        gates.reached.length = 0;
        const status = await callers[caller](gates, [
          [name, MARK],
          ['x-sum', '1'],
        ]);
        const about = `${name} in ${caller}`;
        // What no parser reads is broken off; everything else arrives without it.
        if (status === 200)
          expect(
            gates.reached.map((one) => named(one, 'x-sum')),
            about,
          ).toEqual([['1']]);
        else expect([undefined, 400], about).toContain(status);
        for (const { raw, body } of gates.reached) {
          expect(raw, about).not.toContain(MARK);
          expect(body, about).toBe('hello');
        }
        await isWell(gates);
      }
  });

  verifies('gate:trailers', 'and no pseudo-header, capital, line break or NUL of HTTP/2 among them', async () => {
    await using gates = await mirrorCloud(container);
    for (const [name, value] of [
      [':path', '/y'],
      [':method', 'DELETE'],
      [':authority', 'y'],
      [':status', '200'],
      ['X-Upper', '1'],
    ] as const) {
      gates.reached.length = 0;
      expect(
        await callers.http2(gates, [
          ['x-sum', '1'],
          [name, value],
        ]),
        name,
      ).toBe(undefined);
      expect(gates.reached, name).toEqual([]);
      await isWell(gates);
    }
    for (const [name, value] of [
      ['x', 'a\r\nx-smuggled: 1'],
      ['x', 'a\nx-smuggled: 1'],
      ['x', 'a\0b'],
      ['x: y\r\nx-smuggled', '1'],
      ['x y', '1'],
      ['', '1'],
    ] as const) {
      gates.reached.length = 0;
      expect(
        await callers.http2(gates, [
          [name, value],
          ['x-sum', '1'],
        ]),
        name,
      ).toBe(200);
      const [reached = { raw: [] }] = gates.reached;
      expect(named(reached, 'x-sum')).toEqual(['1']);
      expect(named(reached, 'x-smuggled')).toEqual([]);
      expect(reached.raw.join()).not.toMatch(/smuggled/);
      await isWell(gates);
    }
  });

  verifies('gate:trailers', 'behind a body of a known length: HTTP/1.1 has no place for them', async () => {
    await using gates = await mirrorCloud(container);
    const sent = (stream: number) => [
      headers(stream, [...pseudo, ['content-length', '5']]),
      frame(frames.DATA, 0, stream, 'hello'),
      headers(stream, [['x-sum', '1']], done),
    ];
    const { streams } = await http2Wire(gates.url('open'), [...sent(1), ...sent(3)], [1, 3]);
    expect([...streams.values()].map(({ status }) => status)).toEqual([200, 200]);
    expect(gates.reached.map((one) => [one.body, named(one, 'x-sum')])).toEqual(
      Array.from({ length: 2 }, () => ['hello', container === 'http2' ? ['1'] : []]),
    );
    await isWell(gates);
  });

  verifies('gate:trailers', 'without a body between', async () => {
    await using gates = await mirrorCloud(container);
    const bare = [headers(1, pseudo), headers(1, [['x-sum', '1']], done)];
    expect((await http2Wire(gates.url('open'), bare)).streams.get(1)?.status).toBe(200);
    expect(gates.reached.at(-1)).toMatchObject({ body: '' });
    expect(named(gates.reached.at(-1) ?? { raw: [] }, 'x-sum')).toEqual(['1']);
    await isWell(gates);
  });
});

/** Containers that answer `ok` and these fields behind it, whatever they are. */
const answering: Readonly<Record<Protocol, (trailers: () => readonly Field[]) => ReturnType<typeof createServer>>> = {
  http1: (trailers) =>
    createServer((socket) =>
      socket.on('data', () => {
        const lines = trailers().map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(
          `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${lines.join('')}\r\n`,
          'latin1',
        );
      }),
    ),
  http2: (trailers) =>
    createServer((socket) =>
      answerHttp2(socket, (stream) => {
        const head = headers(stream, [[':status', '200']]);
        socket.write(Buffer.concat([head, frame(frames.DATA, 0, stream, 'ok'), headers(stream, trailers(), done)]));
      }),
    ),
};

interface Heard {
  readonly body: string;
  /** By names in lower case; undefined where the answer was broken off. */
  readonly trailers: Readonly<Record<string, string>> | undefined;
}

const hearing: Readonly<Record<Protocol, (url: string) => Promise<Heard>>> = {
  async http1(url) {
    const answer = await wire(url, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const [, body = '', behind] = /\r\n\r\n2\r\n(ok)\r\n(?:0\r\n([\s\S]*)\r\n)?/.exec(answer) ?? [];
    const lines = behind?.split('\r\n').filter((line) => line !== '');
    const trailers = lines?.map((line) => line.split(': ') as [string, string]);
    return { body, trailers: trailers && Object.fromEntries(trailers.map(([name, one]) => [name.toLowerCase(), one])) };
  },
  async http2(url) {
    const session = connect(url);
    const stream = session.request({ ':path': '/' });
    let [body, failed] = ['', false];
    let trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.on('error', () => {
      failed = true;
    });
    stream.on('data', (chunk) => {
      body += chunk;
    });
    await new Promise((resolve) => stream.once('close', resolve));
    session.destroy();
    // Node's own mark on them is no field.
    return {
      body,
      trailers: failed ? undefined : Object.fromEntries(Object.entries(trailers as Record<string, string>)),
    };
  },
};

describe.each(protocols)('trailers of an answer to a caller that speaks %s', (caller) => {
  verifies('gate:trailers', 'of containers of either protocol, and none that decides something', async () => {
    const spoken = [...never, 'set-cookie', 'www-authenticate', 'location', 'server', 'cache-control', 'vary'];
    for (const container of protocols) {
      let trailers: readonly Field[] = [];
      const server = answering[container](() => trailers);
      await using gates = await gateCloud({ server, gate: { services: servicesOf(container) } });
      for (const name of spoken) {
        trailers = [
          [name, MARK],
          ['x-sum', '1'],
        ];
        const heard = await hearing[caller](gates.url('open'));
        // A container that frames it anew is not read to the end.
        if (heard.trailers !== undefined && heard.body === 'ok' && Object.keys(heard.trailers).length > 0)
          expect(heard, `${name} of ${container}`).toEqual({ body: 'ok', trailers: { 'x-sum': '1' } });
        else expect(framing, `${name} of ${container}`).toContain(name);
      }
    }
  });
});

/** What parsers themselves refuse in trailers. */
const framing = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'te', 'host'];
