import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { type CallerVariables, callerAuth } from '../hono.ts';
import { ALICE, type LocalGoogle, mint, startGoogle } from '../testing/google.ts';

const AUDIENCE = 'https://search.example';
const MALLORY = 'mallory-run@demo.iam.gserviceaccount.com';

let google: LocalGoogle;
let alice = '';
let mallory = '';
beforeAll(async () => {
  google = await startGoogle();
  alice = await mint(google.key, { aud: AUDIENCE });
  mallory = await mint(google.key, { aud: AUDIENCE, email: MALLORY });
});
afterAll(() => google[Symbol.asyncDispose]());

const appWith = (mode: 'signature' | 'cloud-run'): Hono<{ Variables: CallerVariables }> => {
  const app = new Hono<{ Variables: CallerVariables }>();
  const common = { audience: AUDIENCE, allowedCallers: [ALICE], jwksUri: google.jwksUri, onRefusal: () => {} };
  app.use(callerAuth({ mode, ...common }));
  app.all('*', (c) => c.text(c.get('caller').email));
  return app;
};
const strip = (token: string): string => `${token.slice(0, token.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;

/** The headers of a fetch request, in which repeated ones are joined. */
const headersOf = (...sent: [string, string][]): Headers => {
  const headers = new Headers();
  for (const [name, value] of sent) headers.append(name, value);
  return headers;
};

describe('where there is no server of Node', () => {
  test('the headers of the request count', async () => {
    const app = appWith('signature');
    const answer = await app.request('/', { headers: headersOf(['Authorization', `Bearer ${alice}`]) });
    expect([answer.status, await answer.text()]).toEqual([200, ALICE]);
    // Bindings of another platform.
    for (const env of [undefined, {}, { incoming: {} }, { incoming: 'x' }])
      expect((await app.request('/', {}, env)).status).toBe(401);
  });

  test('two headers are refused, whichever of them is good', async () => {
    const app = appWith('signature');
    for (const [first, second] of [
      [alice, alice],
      [alice, mallory],
      [mallory, alice],
      ['x', alice],
    ]) {
      const headers = headersOf(['Authorization', `Bearer ${first}`], ['authorization', `Bearer ${second}`]);
      expect((await app.request('/', { headers })).status).toBe(401);
    }
  });

  test("as in mode 'cloud-run', also two without signature", async () => {
    const app = appWith('cloud-run');
    const name = 'x-serverless-authorization';
    const one = await app.request('/', { headers: headersOf([name, `Bearer ${strip(alice)}`]) });
    expect([one.status, await one.text()]).toEqual([200, ALICE]);
    for (const [first, second] of [
      [alice, alice],
      [mallory, alice],
      [alice, mallory],
    ]) {
      const headers = headersOf([name, `Bearer ${strip(first ?? '')}`], [name, `Bearer ${strip(second ?? '')}`]);
      expect((await app.request('/', { headers })).status).toBe(401);
    }
  });

  test('a preflight is answered by the CORS middleware behind the guard', async () => {
    const app = new Hono();
    const options = {
      mode: 'signature',
      audience: AUDIENCE,
      allowedCallers: [ALICE],
      jwksUri: google.jwksUri,
    } as const;
    app.use(callerAuth({ ...options, onRefusal: () => {} })).use(cors());
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    const answer = await app.request('/', { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    const refused = await app.request('/', { headers });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
  });
});
