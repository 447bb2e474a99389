import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type GateCloud, gateCloud } from './gate-cloud.ts';
import { settledMemory } from './memory.ts';
import { verifies } from './verifies.ts';
import { dial, untilClosed } from './wire.ts';

/** Requests in all; `RUN_EDGES_FUZZ=50000` for the long run. */
const requests = Number(process.env.RUN_EDGES_FUZZ ?? 3000);
const AT_ONCE = 16;

const token = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PRI',
  'get',
  '',
  'G\0T',
  'PROPFIND',
);
const path = fc.oneof(
  fc.constantFrom(
    '/',
    '*',
    '/healthz',
    '/token',
    '/v1/token',
    '/oauth2/v3/certs',
    '/run-edges/v1/decisions',
    '/%',
    '/%00',
    '//',
    '/..',
  ),
  fc.constantFrom(
    '/computeMetadata/v1/instance/service-accounts/default/identity?audience=x',
    '/computeMetadata/v1/?recursive=true&alt=text',
    '/v1/projects/-/serviceAccounts/x:generateIdToken',
    '/v1/projects/run-edges-local/locations/us-central1/services/x:setIamPolicy',
    '/v2/projects/run-edges-local/locations/us-central1/services?serviceId=x&validateOnly=true',
    '/apis/serving.knative.dev/v1/namespaces/run-edges-local/services',
    '/run-edges/v1/credentials',
    'http://us-central1-run.emulator.internal/apis/serving.knative.dev/v1/namespaces/x/services/y',
    'http://example.com/',
    'http://[::1/x',
    'https://a@b/',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `/${text}`),
);
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTTP', '');
const name = fc.oneof(
  fc.constantFrom(
    'Authorization',
    'X-Serverless-Authorization',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Host',
  ),
  fc.constantFrom(
    'Expect',
    'Upgrade',
    'Metadata-Flavor',
    'X-Forwarded-For',
    'traceparent',
    'Content-Type',
    'X-Google-A',
    'TE',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const value = fc.oneof(
  fc.constantFrom(
    'Bearer a.b.c',
    'Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA',
    'bearer ',
    'Basic x',
    'chunked',
    'chunked, gzip',
    '5',
    '-1',
    '99999999999999999999',
  ),
  fc.constantFrom(
    'close',
    'Upgrade',
    'websocket',
    'h2c',
    '100-continue',
    'Google',
    'a',
    'x.run.app',
    '00-zz-1-01',
    'application/json',
  ),
  fc.constantFrom(
    'application/x-www-form-urlencoded',
    'x'.repeat(9000),
    '\t \t',
    'a\r\n b',
    'Bearer ya29.x',
    '{',
    'keep-alive, close',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const body = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '{"audience":1}',
    'grant_type=x',
    '5\r\nhello\r\n0\r\n\r\n',
    'zz\r\n',
    '0\r\n\r\n',
    '{"__proto__":{}}',
  ),
  fc.string({ unit: 'binary', maxLength: 100 }),
);
const lineEnd = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r');

/** Something that is nearly a request. */
const nearMiss = fc
  .record({
    token,
    path,
    version,
    fields: fc.array(fc.tuple(name, value), { maxLength: 6 }),
    body,
    lineEnd,
    host: fc.boolean(),
  })
  .map(({ token, path, version, fields, body, lineEnd, host }) => {
    const lines = [
      `${token} ${path} ${version}`,
      ...(host ? ['Host: x'] : []),
      ...fields.map((field) => field.join(': ')),
    ];
    return Buffer.from(`${lines.join(lineEnd)}${lineEnd}${lineEnd}${body}`, 'latin1');
  });
const rubbish = fc.nat({ max: 300 }).map((length) => randomBytes(length));

/** Sends, closes its half, and takes what comes: never longer than the port itself is patient. */
async function throwAt(url: string, bytes: Buffer): Promise<string> {
  const socket = await dial(url);
  socket.end(bytes);
  return untilClosed(socket);
}

async function throwAll(ports: readonly string[], count: number, seed: number): Promise<string[]> {
  const samples = fc.sample(fc.oneof({ weight: 4, arbitrary: nearMiss }, { weight: 1, arbitrary: rubbish }), {
    numRuns: count,
    seed,
  });
  const bad: string[] = [];
  let next = 0;
  const thrower = async () => {
    for (let index = next++; index < samples.length; index = next++) {
      const bytes = samples[index] as Buffer;
      const port = ports[index % ports.length] as string;
      const answer = await throwAt(port, bytes);
      const status = /^HTTP\/1\.1 (\d\d\d)/.exec(answer)?.[1] ?? '';
      if (status.startsWith('5'))
        bad.push(`${port} ${JSON.stringify(bytes.toString('latin1'))} ${answer.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, thrower));
  return bad;
}

async function stillWell(gates: GateCloud): Promise<void> {
  const [header = '', value = ''] = await gates.bearer('open', 'closed');
  expect((await fetch(gates.url('closed'), { headers: { [header]: value } })).status).toBe(200);
  expect((await fetch(gates.url('closed'))).status).toBe(403);
  expect((await fetch(`${gates.cloud.url}/oauth2/v3/certs`)).status).toBe(200);
}

describe('random bytes and near misses', () => {
  verifies(
    'gate:fuzz',
    `${requests} requests at two gates, a metadata server and the API`,
    async () => {
      const unhandled: unknown[] = [];
      const onUnhandled = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', onUnhandled);
      await using gates = await gateCloud({
        gate: { requestTimeout: 20_000, headersTimeout: 2000, maxRequestBytes: 5000 },
        app(request, response) {
          request.on('error', () => undefined);
          request.resume();
          request.on('end', () => response.end('ok'));
        },
      });
      const metadata = `http://${gates.cloud.service('open').listed().metadataHost}`;
      const ports = [gates.url('open'), gates.url('closed'), metadata, gates.cloud.url];
      const warmUp = Math.min(1000, Math.floor(requests / 3));
      expect(await throwAll(ports, warmUp, 1)).toEqual([]);
      const before = await settledMemory();
      expect(await throwAll(ports, requests - warmUp, 2)).toEqual([]);
      await stillWell(gates);
      const grown = (await settledMemory()) - before;
      expect(grown).toBeLessThan(48);
      expect(gates.cloud.decisions.list().length).toBeLessThanOrEqual(1000);
      process.off('unhandledRejection', onUnhandled);
      expect(unhandled).toEqual([]);
      console.log(`fuzz: ${requests} requests, ${grown.toFixed(1)} MiB more in memory than after the first ${warmUp}`);
    },
    600_000,
  );
});
