import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';

let echo: EchoCloud;
let api: string;
let metadata: string;
beforeAll(async () => {
  echo = await echoCloud({ names: ['Devbox.Example'] });
  api = echo.cloud.url;
  metadata = `http://${echo.cloud.service('login').listed().metadataHost}`;
});
afterAll(() => echo[Symbol.asyncDispose]());

const account = '/computeMetadata/v1/instance/service-accounts/default';
const flavor = ['Metadata-Flavor', 'Google'];
const port = (url: string) => new URL(url).port;

/** Everything under the API that tells or changes something, and its port's metadata servers. */
const asked = [
  'GET /run-edges/v1/decisions',
  'GET /run-edges/v1/decisions?follow=1',
  'GET /run-edges/v1/services',
  'GET /run-edges/v1/principals',
  'GET /run-edges/v1/ready',
  'GET /run-edges/v1/edges',
  'GET /run-edges/v1/graph',
  'GET /run-edges/v1/calls',
  'GET /run-edges/v1/faults',
  'GET /run-edges/v1/project',
  'GET /run-edges/v1/explanations?caller=login&receiver=search',
  'GET /run-edges/console/main.js',
  'PATCH /run-edges/v1/faults',
  'POST /run-edges/v1/keys/rotate',
  'POST /run-edges/v1/credentials',
  'POST /run-edges/v1/tokens/inspect',
  'POST /token',
  'POST /v1/token',
  'GET /v1/projects/run-edges-local',
  'POST /v1/projects/run-edges-local:setIamPolicy',
  'GET /v1/projects/run-edges-local/serviceAccounts',
  'GET /apis/serving.knative.dev/v1/namespaces/run-edges-local/services',
  'OPTIONS /run-edges/v1/keys/rotate',
  'GET /no-such-page',
] as const;
const open = ['/oauth2/v3/certs', '/oauth2/v1/certs', '/.well-known/openid-configuration', '/run-edges/console/', '/'];

/** A request as it is sent, and its status. Nothing ever grants a page of another origin anything. */
async function status(base: string, what: string, headers: readonly string[]): Promise<number> {
  const [method = '', path = ''] = what.split(' ');
  const answer = await rawRequest(base + path, headers, method);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  return answer.status;
}

/** Requests of programs: what they would be answered without the header under test. */
const allowed = async (what: string) => ![403, 421].includes(await status(api, what, ['Accept', '*/*']));

describe('a name that is not ours', () => {
  const foreign = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'evil-googleapis.com',
    'x.localhost',
    '0x7f.1',
  ];

  test.each(foreign.flatMap((host) => asked.map((what) => [host, what] as const)))(
    '%s: 421 to %s',
    async (host, what) => {
      expect(await status(api, what, ['Host', `${host}:${port(api)}`])).toBe(421);
    },
  );

  test.each([...foreign, 'search.run.app', 'metadata.google.internal.evil.example'])(
    '%s gets no token of a metadata server',
    async (host) => {
      const answer = await rawRequest(`${metadata}${account}/token`, ['Host', host, ...flavor]);
      expect(answer.status).toBe(421);
      expect(answer.body).toContain('--name');
    },
  );

  test('is told what to do, in Google’s shape', async () => {
    const { body } = await rawRequest(`${api}/run-edges/v1/faults`, ['Host', 'evil.example']);
    expect(JSON.parse(body)).toMatchObject({
      error: { code: 421, message: expect.stringMatching(/"evil.example" is none of them.*--name.*names/) },
    });
  });
});

describe('a name that is ours', () => {
  const own = [
    'localhost',
    'LOCALHOST.',
    '127.0.0.1',
    '[::1]',
    '192.168.1.20',
    'host.docker.internal',
    'metadata.google.internal',
    'metadata.google.internal.',
    'metadata',
    '169.254.169.254',
    'devbox.example',
    hostname(),
  ];

  test.each(own)('%s is answered at both, with a port and without', async (host) => {
    for (const name of [host, `${host}:8080`]) {
      expect(await status(api, 'GET /run-edges/v1/faults', ['Host', name])).toBe(200);
      expect(await status(metadata, `GET ${account}/email`, ['Host', name, ...flavor])).toBe(200);
    }
  });

  test.each([
    ['oauth2.googleapis.com', 'GET /tokeninfo', 400],
    ['sts.googleapis.com', 'POST /v1/token', 400],
    ['us-central1-run.googleapis.com', 'GET /v2/projects/-/locations/-/services', 401],
    ['www.googleapis.com', 'GET /oauth2/v3/certs', 200],
    ['accounts.google.com', 'GET /.well-known/openid-configuration', 200],
    ['us-central1-run.emulator.internal', 'GET /oauth2/v3/certs', 200],
  ])('%s is one of Google’s that are played here', async (host, what, answer) => {
    expect(await status(api, what, ['Host', host])).toBe(answer);
  });
});

test('a fragment in what a metadata server is asked for hides no name', async () => {
  const identity = `${metadata}${account}/identity?audience=https://a.example/#x`;
  expect((await rawRequest(identity, flavor)).status).toBe(200);
  expect((await rawRequest(identity, ['Host', 'evil.example', ...flavor])).status).toBe(421);
});

describe('a page of another origin', () => {
  const marks: readonly (readonly [string, readonly string[]])[] = [
    ['by its origin', ['Origin', 'http://evil.example']],
    ['on another port here', ['Origin', 'http://127.0.0.1:1']],
    ['in a sandbox', ['Origin', 'null']],
    ['that is a file', ['Origin', 'file://']],
    ['from a foreign site', ['Sec-Fetch-Site', 'cross-site']],
    ['from another port of this machine', ['Sec-Fetch-Site', 'same-site']],
  ];

  test.each(marks.flatMap(([how, headers]) => asked.map((what) => [how, what, headers] as const)))(
    '%s: 403 to %s',
    async (_how, what, headers) => {
      expect(await status(api, what, headers)).toBe(403);
    },
  );

  test.each(marks)('%s gets no token of a metadata server, with whatever headers', async (_how, headers) => {
    for (const leaf of ['token', 'identity?audience=a', 'email'])
      expect(await status(metadata, `GET ${account}/${leaf}`, [...flavor, ...headers])).toBe(403);
    expect(await status(metadata, `OPTIONS ${account}/token`, headers)).toBe(403);
  });

  test.each(open)('may be shown what is public: %s', async (path) => {
    for (const [, headers] of marks) expect(await status(api, `GET ${path}`, headers)).toBeLessThan(400);
  });

  test('the metadata server’s own page is none of its callers', async () => {
    const own = ['Origin', metadata, 'Sec-Fetch-Site', 'same-origin', ...flavor];
    expect(await status(metadata, `GET ${account}/token`, own)).toBe(403);
  });
});

describe('a program, and the console’s own page', () => {
  test.each(asked.filter((what) => !what.includes('follow')))('are not kept from %s', async (what) => {
    expect(await allowed(what)).toBe(true);
    const own = ['Origin', api, 'Sec-Fetch-Site', 'same-origin'];
    expect([403, 421]).not.toContain(await status(api, what, own));
  });

  test('a page of the same port under another of our names is another origin', async () => {
    const headers = ['Host', `localhost:${port(api)}`, 'Origin', api];
    expect(await status(api, 'POST /run-edges/v1/keys/rotate', headers)).toBe(403);
  });

  test('everything says that it is neither framed nor read as something else', async () => {
    for (const path of [
      '/run-edges/v1/services',
      '/run-edges/console/',
      '/run-edges/console/main.js',
      '/nothing',
      '/',
    ]) {
      const { headers } = await rawRequest(api + path, ['Accept', '*/*']);
      expect(headers).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });
});

describe('a body', () => {
  const rotate = (type: string | undefined, body: string | Blob) =>
    fetch(`${api}/run-edges/v1/keys/rotate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${echo.cloud.developerToken}`,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      body,
    });
  const kids = async () => {
    const { keys } = (await (await fetch(`${api}/oauth2/v3/certs`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };

  test.each([
    ['a form', 'application/x-www-form-urlencoded', 'withdraw=true'],
    ['a form with files', 'multipart/form-data; boundary=x', '--x--'],
    ['text', 'text/plain', '{"withdraw":true}'],
    ['text that says it is JSON', 'text/plain;application/json', '{"withdraw":true}'],
    ['text in capitals', 'TEXT/PLAIN; charset=utf-8', '{"withdraw":true}'],
    ['something like JSON', 'application/jsonx', '{"withdraw":true}'],
    ['JSON by another name', 'text/json; charset=utf-8', '{"withdraw":true}'],
    ['JSON of a kind', 'application/vnd.api+json', '{"withdraw":true}'],
  ])('that is %s changes nothing', async (_what, type, body) => {
    const before = await kids();
    const response = await rotate(type, body);
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('application/json') } });
    expect(await kids()).toEqual(before);
  });

  test('that says nothing of its type changes nothing: a page can send such a one', async () => {
    const before = await kids();
    expect((await rotate(undefined, new Blob(['{"withdraw":true}']))).status).toBe(415);
    expect(await kids()).toEqual(before);
  });

  test.each([{ withdraw: 'true' }, { withdraw: 1 }, { withdraw: null }, { withdraw: true, more: 1 }])(
    'is not made to fit: %j',
    async (body) => {
      const before = await kids();
      expect((await rotate('application/json', JSON.stringify(body))).status).toBe(400);
      expect(await kids()).toEqual(before);
    },
  );

  test.each(['application/json', 'application/json; charset=UTF-8', 'Application/JSON;charset=utf-8'])(
    'of type %s is JSON',
    async (type) => {
      expect((await rotate(type, '{}')).status).toBe(200);
    },
  );

  test('is a form at the two addresses where Google takes one', async () => {
    for (const path of ['/token', '/v1/token']) {
      const response = await fetch(api + path, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) });
      expect(await response.json()).toHaveProperty('error_description');
      const text = await fetch(api + path, { method: 'POST', body: 'grant_type=x' });
      expect(text.status).toBe(415);
    }
  });
});

test('a WebSocket is no way round', async () => {
  const headers = [
    'Connection',
    'Upgrade',
    'Upgrade',
    'websocket',
    'Sec-WebSocket-Version',
    '13',
    'Origin',
    'http://e.example',
  ];
  const key = ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='];
  expect(await status(api, 'GET /run-edges/v1/decisions?follow=1', [...headers, ...key])).toBe(403);
  expect(await status(metadata, `GET ${account}/token`, [...headers, ...key, ...flavor])).toBe(403);
});
