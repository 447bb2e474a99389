import { connect, type IncomingHttpHeaders } from 'node:http2';
import { decodeJwt, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, onTestFinished } from 'vitest';
import { type GateCloudOptions, gateCloud } from './gate-cloud.ts';
import { googleSigned } from './google-signed.ts';
import { rawRequest } from './raw-request.ts';
import { userToken } from './user-token.ts';
import { verifies } from './verifies.ts';

const ADC = '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com';
const bearer = (token: string) => ['Authorization', `Bearer ${token}`];

/** Gates before an app that says which headers reached it; gone at the end of the test. */
async function gatesOf(options: GateCloudOptions = {}) {
  const gates = await gateCloud({
    app: ({ headers }, response) => void response.end(JSON.stringify(headers)),
    ...options,
  });
  onTestFinished(() => gates[Symbol.asyncDispose]());
  const status = async (headers: readonly string[], path = '/', service = 'closed', method = 'GET') =>
    (await rawRequest(`${gates.url(service)}${path}`, headers, method)).status;
  return { gates, status };
}

describe('who comes in', () => {
  verifies('gate:header-case', 'of both headers', async () => {
    const { gates, status } = await gatesOf();
    const token = `Bearer ${await gates.cloud.idToken('open', gates.url('closed'))}`;
    for (const name of ['AUTHORIZATION', 'authorization', 'x-Serverless-AUTHORIZATION'])
      expect(await status([name, token]), name).toBe(200);
    expect(await status(['X-SERVERLESS-AUTHORIZATION', 'Bearer a.b.c', 'authorization', token])).toBe(401);
  });

  verifies('gate:audience-hosts', 'in all four pairs', async () => {
    const { gates, status } = await gatesOf();
    const { hosts } = gates.cloud.service('closed');
    for (const audience of hosts)
      for (const host of hosts) {
        const token = await gates.cloud.idToken('open', `https://${audience}`);
        expect(await status(['Host', host, ...bearer(token)]), `${audience} at ${host}`).toBe(200);
      }
  });

  verifies('gate:project-hash', 'and another project has another', async () => {
    const hashOf = (host = '') => /^[a-z]+-([0-9a-z]{10})-uc\.a\.run\.app$/.exec(host)?.[1];
    const { gates } = await gatesOf();
    const [open, closed] = ['open', 'closed'].map((name) => hashOf(gates.cloud.service(name).hosts[1]));
    expect(open).toBeDefined();
    expect(closed).toBe(open);
    const other = await gatesOf({ project: { id: 'another-project', number: '2', region: 'us-central1' } });
    expect(hashOf(other.gates.cloud.service('open').hosts[1])).not.toBe(open);
  });

  verifies('gate:audience-paths', 'either way', async () => {
    for (const [audiencePaths, expected] of [
      [true, 200],
      [false, 401],
    ] as const) {
      const { gates, status } = await gatesOf({ gate: { audiencePaths } });
      const at = async (path: string) =>
        status(bearer(await gates.cloud.idToken('open', `${gates.url('closed')}${path}`)));
      expect([await at(''), await at('/')]).toEqual([200, 200]);
      expect(await at('/tasks/run')).toBe(expected);
      expect(await at('/tasks?x=1')).toBe(401);
    }
  });

  verifies('gate:adc-audience', 'for the user who is granted alone', async () => {
    const { gates, status } = await gatesOf();
    gates.cloud.policies.grant('services/closed', 'roles/run.invoker', 'user:dev@example.com');
    expect(await status(bearer(await userToken(gates.cloud, 'dev@example.com', ADC)))).toBe(200);
    expect(await status(bearer(await userToken(gates.cloud, 'eve@example.com', ADC)))).toBe(403);
    const other = await userToken(gates.cloud, 'dev@example.com', '1234-x.apps.googleusercontent.com');
    expect(decodeJwt(other).aud).toBe('32555940559.apps.googleusercontent.com');
  });

  verifies('gate:hidden-users', 'and services are told 403 either way', async () => {
    for (const [hideFromUsers, expected] of [
      [false, 403],
      [true, 404],
    ] as const) {
      const { gates, status } = await gatesOf({ gate: { hideFromUsers } });
      expect(await status(bearer(await userToken(gates.cloud, 'eve@example.com')))).toBe(expected);
      expect(gates.newest()).toMatchObject({ rule: 'not-an-invoker', caller: 'eve@example.com', status: expected });
      expect(await status(await gates.bearer('stranger', 'closed'))).toBe(403);
    }
  });

  verifies('gate:firebase', 'by its key, and by its issuer were the key Google’s', async () => {
    const { gates, sign } = await googleSigned();
    gates.cloud.policies.grant('services/closed', 'roles/run.invoker', 'allAuthenticatedUsers');
    const claims = {
      ...decodeJwt(await gates.cloud.idToken('open', gates.url('closed'))),
      iss: 'https://securetoken.google.com/acme',
    };
    const { privateKey } = await generateKeyPair('RS256');
    const firebase = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'fire' }).sign(privateKey);
    for (const [token, rule] of [
      [firebase, 'unknown-key'],
      [await sign(claims), 'wrong-issuer'],
    ] as const) {
      expect((await rawRequest(gates.url('closed'), bearer(token))).status).toBe(401);
      expect(gates.newest()).toMatchObject({ rule, reason: expect.stringContaining('securetoken.google.com') });
    }
  });

  verifies('gate:preflight', 'while a public service answers for itself', async () => {
    const { gates, status } = await gatesOf();
    const asks = ['Origin', 'https://a.example', 'Access-Control-Request-Method', 'POST'];
    const answer = await rawRequest(`${gates.url('closed')}/`, asks, 'OPTIONS');
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(await status(asks, '/', 'open', 'OPTIONS')).toBe(200);
  });

  verifies('gate:reserved-setting', 'whole or by their beginning, and not /healthz then', async () => {
    const { gates, status } = await gatesOf({ gate: { reservedPaths: ['/eventlog', '/_ah/*'] } });
    for (const path of ['/eventlog', '/eventlog?x=1', '/_ah/', '/_ah/warmup']) {
      expect(await status([], path, 'open'), path).toBe(404);
      expect(gates.newest()).toMatchObject({ rule: 'reserved-path' });
    }
    for (const path of ['/eventlog/', '/_ah', '/_AH/x', '/x/_ah/', '/healthz'])
      expect(await status([], path, 'open'), path).toBe(200);
  });
});

describe('what is told', () => {
  verifies('gate:request-log', 'for each kind of refusal', async () => {
    const { gates, status } = await gatesOf({
      edges: 'services: { open: { public: true, calls: [closed] }, closed: {}, inner: { ingress: internal } }',
    });
    const log = async (headers: readonly string[], service = 'closed') => {
      await status(headers, '/', service);
      return gates.newest()?.log;
    };
    const more =
      'Read more at https://cloud.google.com/run/docs/securing/authenticating Additional troubleshooting documentation can be found at: https://cloud.google.com/run/docs/troubleshooting';
    expect(await log([])).toBe(
      `The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header. Empty Authorization header value. ${more}#unauthorized-client`,
    );
    for (const value of ['Basic x', 'Bearer ya29.x', 'Bearer a.b.c'])
      expect(await log(['Authorization', value])).toBe(
        `The request was not authorized to invoke this service. The access token could not be verified. ${more}#401`,
      );
    expect(await log(await gates.bearer('stranger', 'closed'))).toMatch(
      /^The request was not authorized to invoke this service\. Read more/,
    );
    expect(await log([], 'inner')).toBe('');
    expect(await log(['Host', 'x.run.app'])).toBe('');
    expect(await log([], 'open')).toBe('');
    await gates.cloud.service('open').stop();
    expect(await log([], 'open')).toMatch(
      /^The request failed because either the HTTP response was malformed or connection/,
    );
  });

  verifies('gate:unverified-claims', 'and the decision warns of it', async () => {
    const { gates, status } = await gatesOf();
    const forged = ['X-Serverless-Authorization', 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImJvc3MifQ.AAAA'];
    expect(await status(forged, '/', 'open')).toBe(200);
    expect(gates.newest()).toMatchObject({
      rule: 'public',
      caller: 'anonymous',
      reason: expect.stringContaining('anybody can forge'),
      mend: expect.stringContaining('Authorization'),
    });
    await status(['Authorization', forged[1] ?? ''], '/', 'open');
    expect(gates.newest()).toMatchObject({ rule: 'public', mend: '' });
  });

  verifies('gate:host', 'its own, and either run.app name', async () => {
    const { gates } = await gatesOf();
    const seen = async (headers: readonly string[]) =>
      (JSON.parse((await rawRequest(gates.url('open'), headers)).body) as IncomingHttpHeaders).host;
    expect(await seen([])).toBe(new URL(gates.url('open')).host);
    for (const host of gates.cloud.service('open').hosts) expect(await seen(['Host', host])).toBe(host);
  });

  verifies('gate:trace-format', 'and the span is the same in both', async () => {
    const { gates } = await gatesOf();
    const headers = JSON.parse((await rawRequest(gates.url('open'))).body) as Record<string, string>;
    const [, trace, span = ''] = /^([0-9a-f]{32})\/(\d+);o=1$/.exec(headers['x-cloud-trace-context'] ?? '') ?? [];
    const parent = BigInt(span).toString(16).padStart(16, '0');
    expect(headers.traceparent).toBe(`00-${trace}-${parent}-01`);
  });

  verifies('gate:forwarded-for', 'so that only the last one is to be believed', async () => {
    const { gates } = await gatesOf();
    const seen = async (headers: readonly string[]) =>
      (JSON.parse((await rawRequest(gates.url('open'), headers)).body) as Record<string, string>)['x-forwarded-for'];
    expect(await seen([])).toBe('127.0.0.1');
    expect(await seen(['X-Forwarded-For', '6.6.6.6, 7.7.7.7'])).toBe('6.6.6.6, 7.7.7.7, 127.0.0.1');
    expect(await seen(['X-Forwarded-For', '6.6.6.6', 'X-Forwarded-For', '7.7.7.7'])).toBe(
      '6.6.6.6, 7.7.7.7, 127.0.0.1',
    );
  });
});

describe('what callers may speak', () => {
  verifies('gate:caller-http2', 'with prior knowledge', async () => {
    const { gates } = await gatesOf();
    const session = connect(gates.url('open'));
    onTestFinished(() => session.destroy());
    await new Promise<void>((resolve, reject) => {
      session.on('error', reject);
      session
        .request({ ':path': '/' })
        .on('error', reject)
        .on('response', () => resolve());
    });
  });
});
