import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { http2Wire } from './http2-caller.ts';
import { block, END_HEADERS, END_STREAM, frame, frames, number32 } from './http2-wire.ts';
import { type MirrorCloud, mirrorCloud, named, protocols, type Reached } from './mirror-cloud.ts';
import { fieldsOf, fuzzing } from './raw-bytes.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

/** Stand for tokens that are made when the gates are up. */
const GOOD = 'Bearer GOOD';
const FORGED = 'Bearer FORGED';
const SMUGGLED = 'x HTTP/1.1\r\nHost: x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

/** 25,000 requests to each kind of container: many on a connection, for it is the connections that cost. */
const AT_ONCE = 20;
const CONNECTIONS = 1250;

const mostly = <Value>(usual: Value, ...odd: Value[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const request = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'get', 'BREW', SMUGGLED),
  path: mostly('/x', '/x?q', '//x', '*', '', 'x', '/#f', '/a b', '/\xff', `/${SMUGGLED}`, 'http://y/x', '/a\0b'),
  scheme: mostly('http', 'https', 'ftp', '', SMUGGLED),
  authority: mostly<string | undefined>('HOST', undefined, 'a@b', '', SMUGGLED, 'x:1'),
  token: fc.option(fc.constantFrom('authorization', 'x-serverless-authorization'), { nil: undefined }),
  fields: fieldsOf(
    [
      ...[
        'authorization',
        'x-serverless-authorization',
        'x_serverless_authorization',
        'cookie',
        'host',
        'expect',
        'te',
      ],
      ...['connection', 'transfer-encoding', 'content-length', 'content-type', 'upgrade', 'keep-alive', 'trailer'],
      ...['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'traceparent', 'x-google-a', 'http2-settings', 'x'],
      ...[':path', ':method', ':authority', ':scheme', ':protocol', ':status', 'Authorization'],
    ],
    [
      ...[GOOD, FORGED, 'Bearer a.b.c', 'Basic x', 'close', 'chunked', 'trailers', 'gzip', 'HOST', 'y', '5', '0', '-1'],
      ...['100-continue', 'application/grpc', 'websocket', '6.6.6.6', 'a\r\nx-smuggled: 1', SMUGGLED],
    ],
  ),
  last: fc.boolean(),
  body: fc.option(fc.constantFrom('', 'hello', SMUGGLED, '0\r\n\r\n', 'x'.repeat(3000)), { nil: undefined }),
  end: mostly('data', 'trailers', 'reset', 'never'),
  cut: fc.option(fc.nat({ max: 200 }), { nil: undefined, freq: 6 }),
});
type Request = typeof request extends fc.Arbitrary<infer Made> ? Made : never;

/** @param fill puts in what is known when the gates are up */
function framesOf(made: Request, stream: number, fill: (text: string) => string): Buffer[] {
  const { method, path, scheme, authority, token, fields, last, body, end, cut } = made;
  const pseudo: [string, string][] = [
    [':method', method],
    [':scheme', scheme],
    [':path', path],
    ...(authority === undefined ? [] : ([[':authority', authority]] as [string, string][])),
  ];
  const own: [string, string][] = [...(token === undefined ? [] : ([[token, GOOD]] as [string, string][])), ...fields];
  // Pseudo-headers belong to the front; some stand behind.
  const whole = block([...pseudo, ...own].map(([name, value]) => [name, fill(value)]));
  const ends = body === undefined && last ? END_STREAM : 0;
  const head =
    cut === undefined || cut >= whole.length
      ? [frame(frames.HEADERS, END_HEADERS | ends, stream, whole)]
      : [
          frame(frames.HEADERS, ends, stream, whole.subarray(0, cut)),
          frame(frames.CONTINUATION, END_HEADERS, stream, whole.subarray(cut)),
        ];
  if (ends !== 0) return head;
  const data = frame(frames.DATA, end === 'data' ? END_STREAM : 0, stream, body ?? '');
  if (end === 'trailers')
    return [
      ...head,
      data,
      frame(frames.HEADERS, END_HEADERS | END_STREAM, stream, block([['authorization', fill(GOOD)]])),
    ];
  // What never ends by itself is ended, so that nobody waits for it.
  return [...head, data, ...(end === 'data' ? [] : [frame(frames.RST_STREAM, 0, stream, number32(8))])];
}

/** Whether a caller waits for an answer: it ended its request, and did not take it back. */
function isAnswered({ last, body, end }: Request): boolean {
  return (last && body === undefined) || end === 'data' || end === 'trailers';
}

/** What the gate owes to every request that it lets through, whatever was sent. */
function isRightlyForwarded(reached: Reached): void {
  for (const name of ['host', ':authority', 'content-length', 'transfer-encoding', 'te'])
    expect(named(reached, name).length, name).toBeLessThanOrEqual(1);
  expect(named(reached, 'x-forwarded-for').join()).toMatch(/(?:^|, )127\.0\.0\.1$/);
  expect(named(reached, 'x-forwarded-proto')).toEqual(['http']);
  expect(named(reached, 'forwarded')).toEqual(['for="127.0.0.1";proto=http']);
  expect(named(reached, 'traceparent')).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)]);
  for (const name of ['keep-alive', 'trailer', 'expect', 'http2-settings', 'x-google-a', 'x-smuggled', 'upgrade'])
    expect(named(reached, name), name).toEqual([]);
  for (const value of named(reached, 'connection')) expect(['keep-alive', 'close']).toContain(value);
  expect(reached.path).not.toContain('smuggled');
}

async function isWell(gates: MirrorCloud): Promise<void> {
  const sentinel = 'GET /sentinel HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  expect(await wire(gates.url('open'), sentinel)).toMatch(/<\/sentinel>/);
  expect(gates.thrown).toEqual([]);
}

describe.each(protocols)('random HTTP/2 to a container that speaks %s', (protocol) => {
  verifies(
    'gate:raw-http2',
    `heads and bodies, ${AT_ONCE} on each connection: nothing is thrown, smuggled or forged, and no 5xx is the gate’s own`,
    async () => {
      const { numRuns, seed } = fuzzing(CONNECTIONS / 3000);
      console.log(`heads in HTTP/2 to ${protocol}: ${JSON.stringify({ numRuns, seed })}`);
      await using gates = await mirrorCloud(protocol, { requestTimeout: 5000, headersTimeout: 5000 });
      const [, good = ''] = await gates.bearer('open', 'closed');
      const stripped = `${good.split('.').slice(0, 2).join('.')}.SIGNATURE_REMOVED_BY_GOOGLE`;
      const forged = `Bearer ${good.split('.')[0]?.slice(7)}.${Buffer.from('{"email":"owner@example.com"}').toString('base64url')}.SIGNATURE_REMOVED_BY_GOOGLE`;
      let run = 0;
      let answered = 0;
      const several = fc.array(request, { minLength: AT_ONCE, maxLength: AT_ONCE });
      const property = fc.asyncProperty(several, fc.constantFrom('open', 'closed'), async (made, service) => {
        const host = `run-${++run}`;
        gates.reached.length = 0;
        const rules: string[] = [];
        const stop = gates.cloud.decisions.onDecision(({ status, rule }) => rules.push(`${status} ${rule}`));
        const fill = (text: string) => text.replaceAll(GOOD, good).replaceAll(FORGED, forged).replaceAll('HOST', host);
        const ids = made.map((_, index) => 2 * index + 1);
        const sent = made.flatMap((one, index) => framesOf(one, 2 * index + 1, fill));
        const waited = ids.filter((_, index) => isAnswered(made[index] as Request));
        const { streams } = await http2Wire(gates.url(service), sent, waited);
        stop();
        expect(gates.thrown).toEqual([]);
        // gRPC is brought in HTTP/2 to a container that does not speak it.
        for (const rule of rules) expect(rule).toMatch(/^[24]\d\d |^503 container-failed$/);
        answered += [...streams.values()].filter(({ status = 500 }) => status < 500).length;
        for (const one of gates.reached) {
          isRightlyForwarded(one);
          if (service === 'open') continue;
          const [serverless] = named(one, 'x-serverless-authorization');
          const [token] = serverless === undefined ? named(one, 'authorization') : [serverless];
          expect(token?.replace(/^\S+\s+/, 'Bearer ')).toBe(serverless === undefined ? good : stripped);
        }
      });
      await fc.assert(property, { numRuns, seed });
      expect(answered).toBeGreaterThan(numRuns);
      await isWell(gates);
    },
    900_000,
  );

  const streamOf = fc.constantFrom(0, 1, 1, 1, 1, 3, 3, 5, 2, 4_294_967_295);
  const flags = fc.constantFrom(0, END_STREAM, END_HEADERS, END_STREAM | END_HEADERS, 8, 32, 255);
  const rubbish = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  const plain = fc.constant(
    block([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/x'],
      [':authority', 'x'],
    ]),
  );
  const anyFrame = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant<number>(frames.HEADERS), flags, streamOf, plain) },
    { weight: 3, arbitrary: fc.tuple(fc.constant<number>(frames.DATA), flags, streamOf, rubbish) },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constantFrom<number>(
          frames.RST_STREAM,
          frames.WINDOW_UPDATE,
          frames.PRIORITY,
          frames.GOAWAY,
          frames.SETTINGS,
        ),
        flags,
        streamOf,
        fc.nat({ max: 4_294_967_295 }).map(number32),
      ),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constant<number>(frames.CONTINUATION), flags, streamOf, plain) },
    { weight: 2, arbitrary: fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 255 }), streamOf, rubbish) },
  );

  verifies(
    'gate:raw-http2',
    'frames in any order: nothing is thrown, nobody comes in, and the gate goes on',
    async () => {
      const parameters = fuzzing(0.3);
      console.log(`frames to ${protocol}: ${JSON.stringify(parameters)}`);
      await using gates = await mirrorCloud(protocol, { requestTimeout: 5000, headersTimeout: 5000 });
      const property = fc.asyncProperty(fc.array(anyFrame, { maxLength: 12 }), async (made) => {
        const statuses: number[] = [];
        const stop = gates.cloud.decisions.onDecision(({ status }) => statuses.push(status));
        const sent = made.map(([type, flag, stream, payload]) => frame(type, flag, stream, payload));
        // At the latest this ends the connection.
        await http2Wire(gates.url('closed'), [...sent, frame(frames.DATA, 0, 0, 'x')], [999]);
        stop();
        expect(gates.thrown).toEqual([]);
        for (const status of statuses) expect(status).toBeLessThan(500);
      });
      await fc.assert(property, parameters);
      expect(gates.reached).toEqual([]);
      await isWell(gates);
    },
    900_000,
  );
});
