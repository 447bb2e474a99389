import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { type Program, programOf } from './through-proxy.ts';

let echo: EchoCloud;
let program: Program;
beforeAll(async () => {
  echo = await echoCloud({ addresses: 'production' });
  program = programOf(echo.cloud, 'login');
});
afterAll(() => echo[Symbol.asyncDispose]());

const RUN = '/v2/projects/run-edges-local/locations/us-central1/services';
const ACCOUNTS = '/v1/projects/run-edges-local/serviceAccounts';

/** What each host has, as its requests, and the status of who shows nothing. */
const has: Readonly<Record<string, readonly (readonly [method: string, path: string, status: number])[]>> = {
  'oauth2.googleapis.com': [
    ['POST', '/token', 400],
    ['GET', '/tokeninfo?access_token=x', 400],
  ],
  'www.googleapis.com': [
    ['GET', '/oauth2/v1/certs', 200],
    ['GET', '/oauth2/v3/certs', 200],
    ['POST', '/oauth2/v4/token', 400],
  ],
  'sts.googleapis.com': [['POST', '/v1/token', 400]],
  'accounts.google.com': [['GET', '/.well-known/openid-configuration', 200]],
  'iam.googleapis.com': [['GET', ACCOUNTS, 401]],
  'iamcredentials.googleapis.com': [['POST', '/v1/projects/-/serviceAccounts/a@b.c:generateIdToken', 415]],
  'run.googleapis.com': [['GET', RUN, 401]],
  'europe-west1-run.googleapis.com': [['GET', '/apis/serving.knative.dev/v1/namespaces/p/services', 401]],
  'cloudresourcemanager.googleapis.com': [['GET', '/v1/projects/run-edges-local', 401]],
  'serviceusage.googleapis.com': [['GET', '/v1/projects/run-edges-local/services', 401]],
};
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const ask = (host: string, method: string, path: string) =>
  program.ask(`https://${host}${path}`, { method, ...(method === 'POST' && { headers: form, body: 'grant_type=x' }) });

describe.each(Object.entries(has))('https://%s', (host, own) => {
  test.each(own)('answers %s %s', async (method, path, status) => {
    expect((await ask(host, method, path)).status).toBe(status);
  });

  const others = Object.entries(has).filter(([other]) => other !== host && !/^(?:europe-west1-)?run\./.test(other));
  test.each(others.flatMap(([, theirs]) => theirs))('and not %s %s', async (method, path) => {
    const { status, body } = await ask(host, method, path);
    expect(status).toBe(404);
    expect(JSON.parse(body).error.message).toContain(host);
  });

  test.each(['/', '/run-edges/v1/services', '/run-edges/v1/decisions', '/run-edges/console/'])(
    'nor what is run-edges’ own: %s',
    async (path) => expect((await ask(host, 'GET', path)).status).toBe(404),
  );
});

test('discovery names Google’s addresses by Google’s name', async () => {
  const { body } = await ask('accounts.google.com', 'GET', '/.well-known/openid-configuration');
  expect(JSON.parse(body)).toMatchObject({
    token_endpoint: 'https://oauth2.googleapis.com/token',
    jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
  });
});
