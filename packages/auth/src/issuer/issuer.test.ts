import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { FrontEndError } from '../errors.ts';
import { ask, type SentHeader } from './../testing/ask.ts';
import { createTestIssuer, frontEnd, type TestIssuer, withoutSignature } from '../testing.ts';

const AUDIENCE = 'https://search.example';
const LOGIN = 'login-run@demo.iam.gserviceaccount.com';
const OTHER = 'other-run@demo.iam.gserviceaccount.com';

let issuer: TestIssuer;
let stranger: TestIssuer;
beforeAll(async () => {
  [issuer, stranger] = [await createTestIssuer(), await createTestIssuer()];
});
afterEach(() => vi.unstubAllEnvs());

describe('an issuer for tests', () => {
  test('makes tokens as Google does, for anybody, that are verified without a network', async () => {
    const verifier = issuer.verifier({ mode: 'signature', audience: AUDIENCE, allowedCallers: [LOGIN] });
    const caller = await verifier.verify(await issuer.tokenFor({ email: LOGIN, audience: AUDIENCE }));
    expect(caller).toMatchObject({ email: LOGIN, audience: AUDIENCE, verified: true });
    expect(caller.subject).toMatch(/^\d{21}$/);
    const again = await verifier.verify(await issuer.tokenFor({ email: LOGIN, audience: AUDIENCE }));
    expect(again.subject).toBe(caller.subject);
  });

  test.each([
    ['RUN_AUTH_CALLER_REFUSED', { email: OTHER }],
    ['RUN_AUTH_AUDIENCE_REFUSED', { audience: 'https://other.example' }],
    ['RUN_AUTH_TOKEN_EXPIRED', { expiresIn: -120 }],
    ['RUN_AUTH_EMAIL_MISSING', { claims: { email: undefined } }],
    ['RUN_AUTH_EMAIL_UNVERIFIED', { claims: { email_verified: false } }],
  ])('and those that are refused: %s for %j', async (code, wanted) => {
    const verifier = issuer.verifier({ mode: 'signature', audience: AUDIENCE, allowedCallers: [LOGIN] });
    const token = await issuer.tokenFor({ email: LOGIN, audience: AUDIENCE, ...wanted });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code });
  });

  test('is believed by its own verifiers alone', async () => {
    const verifier = issuer.verifier({ mode: 'signature', audience: AUDIENCE, allowedCallers: null });
    const token = await stranger.tokenFor({ email: LOGIN, audience: AUDIENCE });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'RUN_AUTH_KEY_UNKNOWN' });
    const empty = stranger.verifier({ mode: 'cloud-run', audience: AUDIENCE, allowedCallers: null });
    const stripped = withoutSignature(token);
    expect(stripped).toMatch(/\.SIGNATURE_REMOVED_BY_GOOGLE$/);
    expect(await empty.verifyHeaders(['X-Serverless-Authorization', `Bearer ${stripped}`])).toMatchObject({
      verified: false,
    });
    expect(JSON.stringify(issuer.jwks)).not.toContain('"d"');
  });

  test('is not made, and its module not loaded, where K_SERVICE is set', async () => {
    vi.stubEnv('K_SERVICE', 'search');
    await expect(createTestIssuer()).rejects.toMatchObject({ code: 'RUN_AUTH_TESTING_DEPLOYED' });
    const file = new URL('../testing.ts', import.meta.url).href;
    for (const K_SERVICE of ['search', '']) {
      const load = promisify(execFile)(
        process.execPath,
        ['--conditions=run-edges-source', '--input-type=module', '-e', `await import('${file}')`],
        { env: { ...process.env, K_SERVICE } },
      );
      await expect(load).rejects.toThrow('RUN_AUTH_TESTING_DEPLOYED');
    }
  });
});

describe('a front end for tests', () => {
  let servers: { close: () => void }[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
    servers = [];
  });
  const seen: IncomingMessage[] = [];
  const start = async (invokers: readonly string[] | 'allUsers'): Promise<string> => {
    seen.length = 0;
    const listener = frontEnd({
      issuer,
      audience: AUDIENCE,
      invokers,
      container(request, response) {
        seen.push(request);
        response.end('handled');
      },
    });
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const token = (email = LOGIN, of = issuer): Promise<string> => of.tokenFor({ email, audience: AUDIENCE });

  test('lets in who may invoke, and takes the signature of the header that it consumed', async () => {
    const url = await start([LOGIN]);
    const client = issuer.client({ url, audience: AUDIENCE, caller: LOGIN, header: 'both' });
    expect(await (await client.fetch('/')).text()).toBe('handled');
    const [request] = seen;
    expect(request?.headers['x-serverless-authorization']).toMatch(/\.SIGNATURE_REMOVED_BY_GOOGLE$/);
    expect(request?.headers.authorization).not.toMatch(/REMOVED/);
    const verifier = issuer.verifier({ mode: 'cloud-run', audience: AUDIENCE, allowedCallers: [LOGIN] });
    expect(await verifier.verifyHeaders(request?.rawHeaders ?? [])).toMatchObject({ email: LOGIN, verified: false });
  });

  test('answers 403 to others and 401 to bad tokens, with pages by which a client knows it', async () => {
    const url = await start([LOGIN]);
    const call = (caller: string, of: TestIssuer): Promise<unknown> =>
      of
        .client({ url, audience: AUDIENCE, caller })
        .fetch('/people?x=<y>')
        .catch((error: unknown) => error);
    for (const [caller, of, status] of [
      [OTHER, issuer, 403],
      [LOGIN, stranger, 401],
    ] as const) {
      const error = await call(caller, of);
      expect(error).toBeInstanceOf(FrontEndError);
      expect(error).toMatchObject({ status });
    }
    const answer = async (...headers: SentHeader[]): Promise<unknown[]> => {
      const { status, headers: told, body } = await ask({ origin: url, path: '/a<b>', headers });
      return [status, told['www-authenticate'], body.includes('<b>')];
    };
    const challenge = 'Bearer error="invalid_token" error_description="The access token could not be verified"';
    const good = `Bearer ${await token()}`;
    expect(await answer()).toEqual([403, undefined, false]);
    expect(await answer(['authorization', 'Bearer x'])).toEqual([401, challenge, false]);
    expect(await answer(['authorization', good], ['x-serverless-authorization', 'Bearer x'])).toEqual([
      401,
      challenge,
      false,
    ]);
    expect(await answer(['authorization', good], ['authorization', good])).toEqual([401, challenge, false]);
    expect(seen).toEqual([]);
  });

  test('checks nothing where allUsers may invoke, and takes the signature none the less', async () => {
    const url = await start('allUsers');
    await ask({ origin: url, path: '/', headers: [['x-serverless-authorization', 'Bearer a.b.c']] });
    await ask({ origin: url, path: '/' });
    expect(seen.map(({ headers }) => headers['x-serverless-authorization'])).toEqual([
      'Bearer a.b.SIGNATURE_REMOVED_BY_GOOGLE',
      undefined,
    ]);
  });
});
