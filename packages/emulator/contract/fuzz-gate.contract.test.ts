import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { answersIn, type ReadAnswer, valuesIn } from './answers-in.ts';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { answerHttp2, block, END_HEADERS, END_STREAM, frame, frames, headers, number32 } from './http2-wire.ts';
import { mirrorCloud, named, protocols, type Reached, servicesOf, watched } from './mirror-cloud.ts';
import { type Body, body, fieldsOf, fuzzing, lineEnd } from './raw-bytes.ts';
import { verifies } from './verifies.ts';
import { dial, untilClosed, wire } from './wire.ts';

const sentinel = 'GET /sentinel HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n';
const patience = { requestTimeout: 1500, headersTimeout: 1500 };

/** Stand for tokens that are made when the gates are up. */
const GOOD = 'Bearer GOOD';
const FORGED = 'Bearer FORGED';

const request = fc.record({
  method: fc.constantFrom(
    'GET',
    'GET',
    'POST',
    'POST',
    'HEAD',
    'PUT',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PRI',
    'get',
    'BREW',
    '',
  ),
  target: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('/x', '//x', '/x?q', '/%zz', '/..') },
    { weight: 2, arbitrary: fc.constantFrom('*', 'http://HOST/x', 'http://a@x/', 'x:1', '/#f', '/\xff', '/a b', '') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `/${text}`) },
  ),
  version: fc.oneof(
    { weight: 12, arbitrary: fc.constant('HTTP/1.1') },
    { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', '') },
  ),
  host: fc.oneof(
    { weight: 9, arbitrary: fc.constant('Host: HOST') },
    { weight: 1, arbitrary: fc.constantFrom('', 'Host: a@b') },
  ),
  token: fc.option(fc.constantFrom('Authorization', 'X-Serverless-Authorization'), { nil: undefined }),
  fields: fieldsOf(
    [
      ...[
        'Authorization',
        'X-Serverless-Authorization',
        'X_Serverless_Authorization',
        'Cookie',
        'Host',
        'Expect',
        'Upgrade',
      ],
      ...[
        'Connection',
        'Connection',
        'Connection',
        'User-Agent',
        'Content-Type',
        'Referer',
        'TE',
        'Trailer',
        'Keep-Alive',
      ],
      ...[
        'X-Forwarded-For',
        'X-Forwarded-Proto',
        'Forwarded',
        'traceparent',
        'X-Cloud-Trace-Context',
        'X-Google-A',
        'X',
      ],
    ],
    [
      ...[
        GOOD,
        FORGED,
        'Bearer a.b.c',
        'Basic x',
        'close',
        'keep-alive',
        'Upgrade',
        'websocket',
        'h2c',
        '100-continue',
      ],
      ...[
        'authorization',
        'x-serverless-authorization',
        'close, X-Serverless-Authorization',
        'x-forwarded-for',
        'host',
      ],
      ...[
        'content-length',
        'transfer-encoding',
        'te',
        'trailers',
        '6.6.6.6',
        'for=6.6.6.6',
        '00-zz-1-01',
        'chunked',
        'y',
      ],
    ],
  ),
  body: fc.option(body, { nil: undefined }),
  end: lineEnd,
  cut: fc.oneof(
    { weight: 12, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.double({ min: 0.1, max: 1, noNaN: true }) },
  ),
});
type Request = typeof request extends fc.Arbitrary<infer Made> ? Made : never;

function bytesOf({ method, target, version, host, token, fields, body: sent, end, cut }: Request): string {
  const lines = [
    `${method} ${target} ${version}`,
    ...(host === '' ? [] : [host]),
    ...(token === undefined ? [] : [`${token}: ${GOOD}`]),
    ...fields.map((field) => field.join(': ')),
    ...(sent?.fields ?? []),
  ];
  const whole = `${lines.join(end)}${end}${end}${sent?.bytes ?? ''}`;
  return whole.slice(0, Math.ceil(whole.length * cut));
}

/** What the gate owes to every request that it lets through, whatever was sent. */
function isRightlyForwarded(reached: Reached, sent: Body | undefined): void {
  for (const [name, most] of Object.entries({
    host: 1,
    ':authority': 1,
    'content-length': 1,
    'transfer-encoding': 1,
    te: 1,
  }))
    expect(named(reached, name).length, name).toBeLessThanOrEqual(most);
  expect(named(reached, 'x-forwarded-for').join()).toMatch(/(?:^|, )127\.0\.0\.1$/);
  expect(named(reached, 'x-forwarded-proto')).toEqual(['http']);
  expect(named(reached, 'forwarded')).toEqual(['for="127.0.0.1";proto=http']);
  expect(named(reached, 'traceparent')).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)]);
  expect(named(reached, 'x-cloud-trace-context')).toEqual([expect.stringMatching(/^[0-9a-f]{32}\/\d+;o=1$/)]);
  for (const name of ['keep-alive', 'proxy-authorization', 'trailer', 'expect', 'http2-settings', 'x-google-a'])
    expect(named(reached, name), name).toEqual([]);
  for (const value of named(reached, 'connection')) expect(['keep-alive', 'close', 'Upgrade']).toContain(value);
  if (sent?.clear === false) expect(reached.path).not.toContain('smuggled');
  if (sent?.text !== undefined && reached.path !== '/sentinel') expect(['', sent.text]).toContain(reached.body);
}

describe.each(protocols)('raw requests to a container that speaks %s', (protocol) => {
  verifies(
    'gate:raw-requests',
    'nothing is thrown, smuggled, untold or forged',
    async () => {
      const parameters = fuzzing(0.3);
      console.log(`raw requests to ${protocol}: ${JSON.stringify(parameters)}`);
      await using gates = await mirrorCloud(protocol, patience);
      const [, good = ''] = await gates.bearer('open', 'closed');
      const stripped = `${good.split('.').slice(0, 2).join('.')}.SIGNATURE_REMOVED_BY_GOOGLE`;
      const forged = `Bearer ${good.split('.')[0]?.slice(7)}.${Buffer.from('{"email":"owner@example.com"}').toString('base64url')}.SIGNATURE_REMOVED_BY_GOOGLE`;
      let run = 0;
      const property = fc.asyncProperty(request, fc.constantFrom('open', 'closed'), async (made, service) => {
        // What came too late for an earlier run is none of this one.
        const host = `run-${++run}`;
        gates.reached.length = 0;
        const decided: string[] = [];
        const stop = gates.cloud.decisions.onDecision(({ status, rule }) => decided.push(`${status} ${rule}`));
        const bytes = bytesOf(made).replaceAll(GOOD, good).replaceAll(FORGED, forged).replaceAll('HOST', host);
        const socket = await dial(gates.url(service));
        const answered = untilClosed(socket);
        socket.write(bytes, 'latin1');
        socket.write(sentinel.replace('HOST', host));
        if (made.cut < 1 || made.body?.text === undefined) socket.end();
        const answers = answersIn(await answered, [made.method]).filter(({ status }) => status >= 200);
        stop();
        expect(gates.thrown).toEqual([]);
        expect(decided.length).toBeGreaterThanOrEqual(Math.max(1, answers.length));
        const statuses = decided.map((one) => Number(one.slice(0, 3)));
        for (const { status, whole } of answers) if (whole) expect(statuses).toContain(status);
        const reached = gates.reached.filter(
          (one) => named(one, protocol === 'http1' ? 'host' : ':authority')[0] === host,
        );
        for (const one of reached) {
          isRightlyForwarded(one, made.cut < 1 ? undefined : made.body);
          // By the one header that the gate looked at, as a receiver has to read it, it is the caller that it admitted.
          if (service === 'closed') {
            const [serverless] = named(one, 'x-serverless-authorization');
            const [token] = serverless === undefined ? named(one, 'authorization') : [serverless];
            expect(token?.replace(/^\S+\s+/, 'Bearer ')).toBe(serverless === undefined ? good : stripped);
          }
        }
        expect(reached.filter(({ path }) => path === '/sentinel').length).toBeLessThanOrEqual(1);
      });
      await fc.assert(property, parameters);
      expect(await wire(gates.url('open'), sentinel)).toMatch(/<\/sentinel>/);
    },
    900_000,
  );
});

const status = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('200', '201', '204', '304', '404', '500') },
  { weight: 3, arbitrary: fc.constantFrom('101', '100', '103', '205', '599') },
  { weight: 2, arbitrary: fc.constantFrom('0', '000', '099', '99', '600', '999', '1000', '-1', '2OO', '', '200.5') },
);
const answerFields = fieldsOf(
  [
    ...[
      'Connection',
      'Connection',
      'Set-Cookie',
      'Cache-Control',
      'Content-Type',
      'Content-Type',
      'Location',
      'Server',
      'Keep-Alive',
    ],
    ...['Upgrade', 'WWW-Authenticate', 'Trailer', 'Date', 'ETag', 'X-Cloud-Trace-Context', 'Proxy-Authenticate', 'X'],
  ],
  [
    'close',
    'keep-alive',
    'Upgrade',
    'websocket',
    'h2c',
    'set-cookie',
    'content-length',
    'a=b',
    'public',
    'text/html',
    'timeout=9',
    'mine',
  ],
);
const caller = fc.constantFrom('GET', 'POST', 'HEAD', 'WebSocket');

function requestOf(method: string): string {
  const head = `${method === 'WebSocket' ? 'GET' : method} /x HTTP/1.1\r\nHost: x\r\n`;
  if (method === 'POST') return `${head}Content-Length: 2\r\n\r\nhi`;
  return method === 'WebSocket' ? `${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n` : `${head}\r\n`;
}

/** What the gate owes to every caller, whatever the container sent. */
function isRightlyAnswered(answer: ReadAnswer): void {
  if (answer.status === 0 || answer.status === 101) return;
  expect(valuesIn(answer, 'server')).toEqual(['Google Frontend']);
  for (const name of ['proxy-authenticate', 'trailer', 'upgrade', 'te'])
    expect(valuesIn(answer, name), name).toEqual([]);
  for (const value of valuesIn(answer, 'connection')) expect(['close', 'keep-alive']).toContain(value);
  if (valuesIn(answer, 'set-cookie').length > 0) expect(valuesIn(answer, 'cache-control')).toEqual(['private']);
}

async function isWell(gates: GateCloud): Promise<void> {
  expect(await wire(gates.url('open'), sentinel)).toMatch(/^HTTP\/1\.1 200 [\s\S]*sentinel/);
}

describe('raw answers', () => {
  const answer = fc.record({
    interim: fc.constantFrom(
      '',
      '',
      '',
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
    ),
    version: fc.constantFrom(
      'HTTP/1.1',
      'HTTP/1.1',
      'HTTP/1.1',
      'HTTP/1.1',
      'HTTP/1.0',
      'HTTP/2.0',
      'HTTP/0.9',
      'ICY',
      '',
    ),
    status,
    reason: fc.oneof(
      fc.constantFrom('OK', '', 'caf\xe9', '\xe2\x9c\x93'),
      fc.string({ unit: 'binary', maxLength: 10 }),
    ),
    fields: answerFields,
    body: fc.option(body, { nil: undefined }),
    more: fc.constantFrom('', '', 'x', 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled'),
    end: lineEnd,
    cut: fc.oneof(
      { weight: 6, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    ),
  });

  verifies(
    'gate:raw-answers',
    'in HTTP/1.1: nothing is thrown, smuggled, untold or left without an end',
    async () => {
      const parameters = fuzzing(0.2);
      console.log(`raw answers in HTTP/1.1: ${JSON.stringify(parameters)}`);
      let next = '';
      let stays = false;
      const onRequest = (socket: Socket, chunk: Buffer) => {
        if (chunk.toString('latin1').includes('/sentinel'))
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsentinel');
        else if (stays) socket.write(next, 'latin1');
        else socket.end(next, 'latin1');
      };
      await using gates = watched(
        await gateCloud({
          gate: patience,
          tcp: (socket) => void socket.on('data', (chunk) => onRequest(socket, chunk)),
        }),
        {},
      );
      const property = fc.asyncProperty(answer, caller, fc.boolean(), async (made, method, keep) => {
        const { interim, version, status: code, reason, fields, body: sent, more, end, cut } = made;
        const lines = [
          `${version} ${code} ${reason}`,
          ...fields.map((field) => field.join(': ')),
          ...(sent?.fields ?? []),
        ];
        const whole = `${interim}${lines.join(end)}${end}${end}${sent?.bytes ?? ''}${more}`;
        next = whole.slice(0, Math.ceil(whole.length * cut));
        stays = keep && cut === 1 && sent?.text !== undefined;
        let decided = 0;
        const stop = gates.cloud.decisions.onDecision(() => decided++);
        const answers = answersIn(await wire(gates.url('open'), requestOf(method) + sentinel), [method]);
        stop();
        expect(gates.thrown).toEqual([]);
        expect(answers.length).toBeLessThanOrEqual(2);
        expect(decided).toBeGreaterThanOrEqual(Math.max(1, answers.length));
        answers.forEach(isRightlyAnswered);
        if (answers[0]?.status !== 101 && answers[1]?.whole === true)
          expect(answers[1]).toMatchObject({ status: 200, body: 'sentinel' });
        await isWell(gates);
      });
      await fc.assert(property, parameters);
    },
    900_000,
  );

  const streamOf = fc.constantFrom<(stream: number) => number>(
    ...[0, 0, 0, 0, 2].map((ahead) => (stream: number) => stream + ahead),
    () => 0,
    () => 2,
  );
  const flags = fc.constantFrom(0, END_STREAM, END_HEADERS, END_STREAM | END_HEADERS, 8, 32, 255);
  const fieldBlock = fc
    .record({ status: fc.option(status, { nil: undefined }), fields: answerFields, lower: fc.boolean() })
    .map(({ status: code, fields, lower }) =>
      block([
        ...(code === undefined ? [] : ([[':status', code]] as [string, string][])),
        ...fields.map(([name, value]): [string, string] => [lower ? name.toLowerCase() : name, value]),
      ]),
    );
  const rubbish = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  const anyFrame = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant<number>(frames.HEADERS), flags, streamOf, fieldBlock) },
    { weight: 3, arbitrary: fc.tuple(fc.constant<number>(frames.DATA), flags, streamOf, rubbish) },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constantFrom<number>(frames.RST_STREAM, frames.WINDOW_UPDATE, frames.PRIORITY),
        flags,
        streamOf,
        fc.nat({ max: 4_294_967_295 }).map(number32),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom<number>(frames.CONTINUATION, frames.PUSH_PROMISE),
        flags,
        streamOf,
        fieldBlock,
      ),
    },
    { weight: 2, arbitrary: fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 255 }), streamOf, rubbish) },
  );

  verifies(
    'gate:raw-answers',
    'in HTTP/2: nothing is thrown, smuggled, untold or left without an end',
    async () => {
      const parameters = fuzzing(0.2);
      console.log(`raw answers in HTTP/2: ${JSON.stringify(parameters)}`);
      let next: ((stream: number) => Buffer[]) | undefined;
      const answerTo = (stream: number, socket: Socket) => {
        if (socket.writableEnded) return;
        if (next === undefined) {
          socket.write(headers(stream, [[':status', '200']]));
          socket.write(frame(frames.DATA, END_STREAM, stream, 'sentinel'));
          return;
        }
        for (const bytes of next(stream)) socket.write(bytes);
        socket.end();
      };
      const server = createServer((socket) => answerHttp2(socket, answerTo));
      await using gates = watched(
        await gateCloud({ server, gate: { ...patience, services: servicesOf('http2') } }),
        {},
      );
      const property = fc.asyncProperty(
        fc.array(anyFrame, { maxLength: 6 }),
        fc.boolean(),
        caller,
        async (made, begins, method) => {
          next = (stream) => [
            ...(begins ? [headers(stream, [[':status', '200']])] : []),
            ...made.map(([type, flag, to, payload]) => frame(type, flag, to(stream), payload)),
          ];
          let decided = 0;
          const stop = gates.cloud.decisions.onDecision(() => decided++);
          const text = await wire(
            gates.url('open'),
            requestOf(method).replace('Host: x\r\n', 'Host: x\r\nConnection: close\r\n'),
          );
          const answers = answersIn(text, [method]);
          stop();
          next = undefined;
          expect(gates.thrown).toEqual([]);
          expect(answers.length).toBeLessThanOrEqual(1);
          expect(decided).toBe(1);
          answers.forEach(isRightlyAnswered);
          await isWell(gates);
        },
      );
      await fc.assert(property, parameters);
    },
    900_000,
  );
});
