import { chmodSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Impersonated, UserRefreshClient } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallError, ConfigError, TokenError } from '../errors.ts';
import { messageOf, safeCause } from '../safe-cause.ts';
import { type Alone, PRIVATE_KEY, startAlone } from '../testing/alone.ts';
import { json, type LocalGoogle, type SeenRequest } from '../testing/google.ts';
import { createServiceClient } from './service-client.ts';
import type { TokenSource } from './source.ts';
import { applicationDefault, authClient, metadataServer, serviceAccountKey } from './sources.ts';
import { clearTokenCache } from './token-cache.ts';

/** No secret stands in an error, whatever the endpoints answer: planted secrets, every source, every way to look at it. */

/** None of these has a form by which it could be told: only the request or the file says that it is secret. */
const PLANTED = {
  refresh: 'planted+refresh/0123456789',
  clientSecret: 'planted-client-secret-012345',
  subject: 'planted subject token 0123456',
  header: 'planted-header-of-the-source-0123',
  access: 'metadata-access-token',
  federated: 'federated-access-token',
  user: 'user-access-token',
  key: 'key-access-token',
  privateKey: PRIVATE_KEY.slice(100, 160).replaceAll('\n', ''),
};
/** Longer pieces of what is made on the way: assertions and ID tokens begin so. */
const MADE = ['eyJ'];
const TARGET = 'target-run@demo.iam.gserviceaccount.com';

let alone: Alone;
let google: LocalGoogle;
let home: string;
beforeEach(async () => {
  alone = await startAlone();
  ({ google, home } = alone);
});
afterEach(() => alone[Symbol.asyncDispose]());

const endpoints = () => ({ endpoints: { token: `${google.origin}/token`, iamCredentials: google.origin } });
const USER = { client_id: 'c', client_secret: PLANTED.clientSecret, refresh_token: PLANTED.refresh };
function fromFile(content: unknown, options = {}): TokenSource {
  alone.credentialFile(content);
  return applicationDefault({ ...endpoints(), ...options });
}
const external = (source: unknown) => ({
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: `${google.origin}/v1/token`,
  service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
  credential_source: source,
});

const userClient = () =>
  new UserRefreshClient({
    clientId: 'c',
    clientSecret: PLANTED.clientSecret,
    refreshToken: PLANTED.refresh,
    endpoints: { oauth2TokenUrl: `${google.origin}/token` },
  });

const SOURCES: Record<string, () => TokenSource> = {
  'the metadata server': () => metadataServer(),
  'the metadata server, impersonating': () => metadataServer({ ...endpoints(), impersonate: TARGET }),
  "a person's file, impersonating": () => fromFile({ type: 'authorized_user', ...USER }, { impersonate: TARGET }),
  'an impersonating file': () =>
    fromFile({
      type: 'impersonated_service_account',
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
      source_credentials: { type: 'authorized_user', ...USER },
    }),
  'a key': () => serviceAccountKey({ client_email: 'key@demo', private_key: PRIVATE_KEY }, endpoints()),
  'a key, impersonating': () =>
    serviceAccountKey({ client_email: 'key@demo', private_key: PRIVATE_KEY }, { ...endpoints(), impersonate: TARGET }),
  'a key file': () => fromFile({ type: 'service_account', client_email: 'key@demo', private_key: PRIVATE_KEY }),
  'an external account with a file': () => {
    writeFileSync(join(home, 'subject'), PLANTED.subject);
    return fromFile(external({ file: join(home, 'subject') }));
  },
  'an external account with a URL': () => {
    google.faults.set('/subject', (_request, response) => json(response, 200, { token: PLANTED.subject }));
    const format = { type: 'json', subject_token_field_name: 'token' };
    return fromFile(external({ url: `${google.origin}/subject`, headers: { authorization: PLANTED.header }, format }));
  },
  'an external account with a URL that refuses': () => {
    google.faults.set('/subject', (request, response) => json(response, 401, { error: told(request) }));
    return fromFile(external({ url: `${google.origin}/subject`, headers: { 'x-api-key': PLANTED.header } }));
  },
  'an external account with JSON that is none': () => {
    writeFileSync(join(home, 'subject'), `{"token": ${PLANTED.subject}`);
    const format = { type: 'json', subject_token_field_name: 'token' };
    return fromFile(external({ file: join(home, 'subject'), format }));
  },
  'an external account with an executable': () => {
    const answer = {
      version: 1,
      success: true,
      token_type: 'urn:ietf:params:oauth:token-type:id_token',
      id_token: PLANTED.subject,
    };
    writeFileSync(join(home, 'run.sh'), `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
    chmodSync(join(home, 'run.sh'), 0o755);
    vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1');
    return fromFile(external({ executable: { command: join(home, 'run.sh') } }));
  },
  'a client made by hand': () => authClient(userClient(), { ...endpoints(), impersonate: TARGET }),
  'an impersonating client made by hand': () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    return authClient(
      new Impersonated({ sourceClient: userClient(), targetPrincipal: TARGET, endpoint: google.origin }),
    );
  },
  'a file that is no JSON': () => fromFile(`{"type": "authorized_user", "refresh_token": ${PLANTED.refresh}}`),
  'a file with half a key': () =>
    fromFile({ type: 'service_account', client_email: 'key@demo', private_key: PRIVATE_KEY.slice(0, 400) }),
};

/** All that an endpoint knows of its caller, in one text. */
const told = ({ body, headers, url }: SeenRequest): string =>
  `${body} ${decodeURIComponent(body.replaceAll('+', ' '))} ${headers.authorization} ${headers['x-api-key']} ${url.href}`;

const ANSWERS: Record<string, (request: SeenRequest, response: ServerResponse) => unknown> = {
  'an OAuth error': (request, response) =>
    json(response, 400, { error: 'invalid_grant', error_description: told(request) }),
  'an OAuth error that is all': (request, response) => json(response, 401, { error: told(request) }),
  'an error of an API': (request, response) =>
    json(response, 403, {
      error: { code: 403, message: told(request), status: 'PERMISSION_DENIED', errors: [{ message: told(request) }] },
    }),
  'an error with all fields': (request, response) =>
    json(response, 404, {
      ...Object.fromEntries(new URLSearchParams(request.body)),
      echo: told(request),
      access_token: PLANTED.access,
    }),
  text: (request, response) => response.writeHead(401, { 'content-type': 'text/plain' }).end(told(request)),
  'a page': (request, response) =>
    response.writeHead(404, { 'content-type': 'text/html' }).end(`<html>${told(request)}${'x'.repeat(100_000)}</html>`),
  'nonsense with 200': (request, response) => response.end(told(request)),
  'JSON that is none': (request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{"access_token": ${told(request)}`),
  'a token in the wrong place': (_request, response) =>
    json(response, 200, { id_token: 'eyJhbGciOi.x', token: 7, access_token: PLANTED.access }),
};
const PATHS = ['/token', ':generateIdToken', ':generateAccessToken', '/identity'];

/** Every way in which somebody may look at an error. */
function looksAt(error: unknown): string[] {
  const chain: unknown[] = [];
  for (let one = error; one !== undefined && chain.length < 10; one = (one as Error).cause) chain.push(one);
  return [
    inspect(error, { depth: null, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }),
    JSON.stringify(error),
    ...chain.flatMap((one) => [
      String(one),
      String((one as Error).stack),
      JSON.stringify(one),
      JSON.stringify(one, Object.getOwnPropertyNames(Object(one))),
    ]),
  ];
}

function expectNoSecret(error: unknown): void {
  for (const look of looksAt(error))
    for (const secret of [...Object.values(PLANTED), ...Object.values(PLANTED).map(encodeURIComponent), ...MADE])
      expect(look.includes(secret), `${secret} in ${look}`).toBe(false);
}

describe.each(Object.entries(SOURCES))('%s', (name, make) => {
  test.each(Object.entries(ANSWERS))('answered with %s', async (_answer, answer) => {
    const source = make();
    for (const path of PATHS) google.faults.set(path, answer);
    const client = createServiceClient({ url: 'https://search.example', source });
    const errors = await Promise.all([
      source.fetchIdToken('https://search.example').then(
        () => undefined,
        (error: unknown) => error,
      ),
      client.prefetch().catch((error: unknown) => error),
    ]);
    expect(errors[1]).toBeInstanceOf(name === 'a file with half a key' ? ConfigError : TokenError);
    for (const error of errors) if (error !== undefined) expectNoSecret(error);
  });

  test('answered well at first, and refused at last', async () => {
    const source = make();
    google.faults.set(':generateIdToken', ANSWERS['an error of an API'] as never);
    const error = await source.fetchIdToken('https://search.example').catch((reason: unknown) => reason);
    if (error instanceof Error) expectNoSecret(error);
  });
});

test('a source of your own may throw what it likes', async () => {
  const cyclic: Record<string, unknown> = { data: { token: PLANTED.subject, list: [{ secret: PLANTED.refresh }] } };
  cyclic.self = cyclic;
  const failure = Object.assign(new Error(`${PLANTED.subject} and ${PLANTED.refresh} and ${PLANTED.clientSecret}`), {
    config: cyclic,
    response: {
      headers: new Headers({ cookie: PLANTED.clientSecret }),
      body: Buffer.from('token=x'),
      data: '"text"',
      config: null,
    },
    code: `with ${PLANTED.subject}`,
  });
  failure.cause = failure;
  const thrown = [
    failure,
    'ya29.planted',
    `Bearer ${'x'.repeat(40)}`,
    PRIVATE_KEY,
    undefined,
    null,
    7,
    Object.create(null),
    { message: 7 },
    Symbol('x'),
  ];
  for (const what of thrown) {
    clearTokenCache();
    const source: TokenSource = { identity: 'own', fetchIdToken: () => Promise.reject(what) };
    const error = await createServiceClient({ url: 'https://a.example', source })
      .prefetch()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RUN_AUTH_TOKEN_FETCH_FAILED' });
    expectNoSecret(error);
    for (const look of looksAt(error)) expect(look).not.toMatch(/planted|xxxxx|BEGIN PRIVATE/);
  }
});

test('what helps stays: what Google says, addresses and roles', () => {
  const says =
    "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist): 123456789012-compute@developer.gserviceaccount.com, //iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool";
  const cause = Object.assign(new Error(says), { config: { data: { audience: 'https://search.example', token: '' } } });
  expect(safeCause(cause).message).toBe(says);
  expect(new CallError('RUN_AUTH_ORIGIN_REFUSED', says, { cause }).message).toContain(says);
  expect(messageOf(safeCause({ stack: 7, name: 'A\nB', code: 'EACCES' }))).toBe('a thrown object');
});

test('texts of any length cost no more than their length, and are told as far as they say something', () => {
  for (const part of ['"', 'ey', 'eyJ.', '-----BEGIN ', 'bearer ', 'token=', '1//', '\n    at '])
    expect(safeCause(new Error(part.repeat(200_000))).message.length).toBeLessThanOrEqual(1_000);
  for (const text of ['{"a": tok3n-in-a-file', 'not JSON at all, and long: '.repeat(9)])
    try {
      JSON.parse(text);
    } catch (error) {
      expect(safeCause(error).message).toMatch(/is not valid JSON/);
      expect(inspect(safeCause(error))).not.toMatch(/tok3n|long/);
    }
});
