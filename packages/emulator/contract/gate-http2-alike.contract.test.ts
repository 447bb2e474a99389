import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Decision } from '../src/index.ts';
import { answersIn } from './answers-in.ts';
import { http2Wire } from './http2-caller.ts';
import { END_HEADERS, END_STREAM, frame, frames, headers } from './http2-wire.ts';
import { type MirrorCloud, mirrorCloud, protocols, type Reached } from './mirror-cloud.ts';
import { fuzzing } from './raw-bytes.ts';
import { verifies } from './verifies.ts';
import { wire } from './wire.ts';

/** Stand for tokens that are made when the gates are up. */
const GOOD = 'Bearer GOOD';
const OTHER = 'Bearer OTHER';

const text = fc
  .string({ unit: fc.constantFrom(...'ab,;= "\'%\\:/@\t'.split('')), maxLength: 8 })
  .map((one) => one.trim());
const value = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(GOOD, OTHER, 'Bearer a.b.c', 'Basic x', 'bearer  GOOD', '6.6.6.6', '100-continue'),
  },
  { weight: 3, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom('', 'caf\xe9', 'x'.repeat(4000), '-1', 'trailers') },
);
/** Names that both protocols have a place for, and read in one way. */
const name = fc.constantFrom(
  ...['authorization', 'authorization', 'x-serverless-authorization', 'x-serverless-authorization'],
  ...['x_serverless_authorization', 'cookie', 'expect', 'traceparent', 'x-cloud-trace-context', 'content-type'],
  ...['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'x-google-a', 'x-goog-authenticated-user-email', 'x-own'],
);
const mostly = (usual: readonly string[], ...odd: string[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const request = fc.record({
  method: mostly(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'], 'BREW', 'get'),
  path: mostly(['/x', '/x?q=1', '//x', '/a/../b', '/%2e%2e/x', '/healthz', '/a;b', '/?'], '/x#f', '/x\\y', '/\xff'),
  host: mostly(['x', 'x:1', 'X.example', '127.0.0.1', 'CLOSED'], 'other-100000000001.us-central1.run.app', 'a@b'),
  token: fc.option(fc.constantFrom('authorization', 'x-serverless-authorization'), { nil: undefined }),
  fields: fc.array(fc.tuple(name, value), { maxLength: 3 }),
  body: fc.constantFrom('', 'hello', 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'),
  service: fc.constantFrom('open', 'closed'),
});
type Request = typeof request extends fc.Arbitrary<infer Made> ? Made : never;

interface Seen {
  readonly status: number | 'none';
  readonly decision: Pick<Decision, 'status' | 'rule' | 'caller' | 'receiver' | 'path' | 'method'> | undefined;
  /** What the container saw of it, apart from what is of one connection or of one request. */
  readonly reached: readonly { readonly path: string; readonly body: string; readonly fields: readonly string[] }[];
}

/** Of one hop, or new for each request. `host` is `:authority` where the container speaks HTTP/2. */
const ofOne = new Set([
  'connection',
  'te',
  'content-length',
  'transfer-encoding',
  'traceparent',
  'x-cloud-trace-context',
]);

function plain({ path, body, raw }: Reached) {
  const fields: string[] = [];
  const cookies: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const key = (raw[index] ?? '').toLowerCase().replace(':authority', 'host');
    if (key === 'cookie') cookies.push(raw[index + 1] ?? '');
    else if (!ofOne.has(key) && !key.startsWith(':')) fields.push(`${key}: ${raw[index + 1]}`);
  }
  // Crumbs of HTTP/2 are one. RFC 9113 section 8.2.3
  return {
    path,
    body,
    fields: [
      ...fields.toSorted(),
      cookies
        .flatMap((one) => one.split(/; */))
        .filter((one) => one !== '')
        .join('; '),
    ],
  };
}

async function seen(gates: MirrorCloud, ask: () => Promise<Seen['status']>): Promise<Seen> {
  gates.reached.length = 0;
  const decisions: Decision[] = [];
  const stop = gates.cloud.decisions.onDecision((decision) => decisions.push(decision));
  const status = await ask();
  stop();
  // That a head was reset is told when its connection ends, and so perhaps of the one before.
  const first = decisions.find(({ reason }) => !reason.includes('no proper head'));
  const decision = first && {
    ...{ status: first.status, rule: first.rule, caller: first.caller },
    ...{ receiver: first.receiver, path: first.path, method: first.method },
  };
  return { status, decision, reached: gates.reached.map(plain) };
}

describe.each(protocols)('the same request in HTTP/1.1 and in HTTP/2, to a container that speaks %s', (container) => {
  verifies(
    'gate:caller-http2',
    'is decided alike, and reaches the container alike',
    async () => {
      const parameters = fuzzing(0.3);
      console.log(`alike to ${container}: ${JSON.stringify(parameters)}`);
      await using gates = await mirrorCloud(container);
      const [, good = ''] = await gates.bearer('open', 'closed');
      const [, other = ''] = await gates.bearer('closed', 'open');
      const hashed = gates.cloud.service('closed').hosts[0] ?? '';
      const fill = (one: string) => one.replace('GOOD', good.slice(7)).replace('OTHER', other.slice(7));
      let [passed, refused] = [0, 0];

      const inHttp1 = async ({ method, path, host, service, body }: Request, fields: [string, string][]) => {
        const all = [['host', host], ...fields, ['content-length', `${body.length}`], ['connection', 'close']];
        const head = `${method} ${path} HTTP/1.1\r\n${all.map(([one, said]) => `${one}: ${said}\r\n`).join('')}\r\n`;
        const answers = answersIn(await wire(gates.url(service), Buffer.from(head + body, 'latin1')), [method, method]);
        return answers.find(({ status }) => status >= 200)?.status ?? 'none';
      };
      const inHttp2 = async ({ method, path, host, service, body }: Request, fields: [string, string][]) => {
        const pseudo: [string, string][] = [
          [':method', method],
          [':scheme', 'http'],
          [':authority', host],
          [':path', path],
        ];
        const sent = [
          headers(1, [...pseudo, ...fields, ['content-length', `${body.length}`]]),
          frame(frames.DATA, END_STREAM, 1, body),
        ];
        // Whole at once, where nothing follows.
        const bare = [headers(1, [...pseudo, ...fields], END_HEADERS | END_STREAM)];
        return (await http2Wire(gates.url(service), body === '' ? bare : sent)).streams.get(1)?.status ?? 'none';
      };

      const property = fc.asyncProperty(request, async (made) => {
        const host = made.host.replace('CLOSED', hashed);
        const token: [string, string][] = made.token === undefined ? [] : [[made.token, good]];
        const fields = [...token, ...made.fields.map(([one, said]): [string, string] => [one, fill(said)])];
        const first = await seen(gates, () => inHttp1({ ...made, host }, fields));
        const second = await seen(gates, () => inHttp2({ ...made, host }, fields));
        // What one parser or the other takes for none at all is refused by both.
        const isNone = ({ decision, reached }: Seen) =>
          (decision === undefined || decision.rule === 'malformed-request') && reached.length === 0;
        if (isNone(first) && isNone(second)) return void refused++;
        expect(second).toEqual(first);
        if (first.status === 200) passed++;
      });
      await fc.assert(property, parameters);
      // Neither all nor nothing comes through.
      expect(passed).toBeGreaterThan(parameters.numRuns / 20);
      expect(refused).toBeLessThan(parameters.numRuns / 2);
      expect(gates.thrown).toEqual([]);
    },
    600_000,
  );
});
