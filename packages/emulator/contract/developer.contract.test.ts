import { platform } from 'node:os';
import { parseDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { rawRequest, rawRequestsElsewhere } from './raw-request.ts';

let echo: EchoCloud;
beforeAll(async () => {
  echo = await echoCloud();
});
afterAll(() => echo[Symbol.asyncDispose]());

/** All that changes something, or tells a secret, under the emulator's own API. */
const guarded = [
  'POST /run-edges/v1/credentials',
  'POST /run-edges/v1/callers/login/id-token',
  'PATCH /run-edges/v1/faults',
  'POST /run-edges/v1/keys/rotate',
];

const json = ['Content-Type', 'application/json', 'Content-Length', '0'];

function requestOf(what: string, headers: readonly string[]): Parameters<typeof rawRequest> {
  const [method = '', path = ''] = what.split(' ');
  return [echo.cloud.url + path, [...json, ...headers], method];
}

async function status(what: string, headers: readonly string[]): Promise<number> {
  return (await rawRequest(...requestOf(what, headers))).status;
}

/** What others have, or may guess: nothing of it makes somebody the developer. */
async function others(): Promise<Record<string, readonly string[]>> {
  const { cloud } = echo;
  const { developerToken: token } = cloud;
  const metadata = `http://${cloud.service('login').listed().metadataHost}/computeMetadata/v1/instance/service-accounts/default/token`;
  const own = (await (await fetch(metadata, { headers: { 'Metadata-Flavor': 'Google' } })).json()) as {
    access_token: string;
  };
  const bearer = (value: string) => ['Authorization', `Bearer ${value}`];
  return {
    nothing: [],
    'an empty token': bearer(''),
    'half of it': bearer(token.slice(0, 20)),
    'more than it': bearer(`${token}x`),
    'it in capitals': bearer(token.toUpperCase()),
    'it as a password': ['Authorization', `Basic ${Buffer.from(`developer:${token}`).toString('base64')}`],
    'it without a scheme': ['Authorization', token],
    'it in another header': ['X-Serverless-Authorization', `Bearer ${token}`],
    'it behind another': [...bearer('x'), ...bearer(token)],
    'it and another in one': bearer(`x, Bearer ${token}`),
    'an access token of a service': bearer(own.access_token),
    'an ID token of a service': bearer(await cloud.idToken('login', cloud.url)),
    'the refresh token of the owner': bearer((await cloud.userCredentials('developer@example.com')).refresh_token),
    'an address of this machine': ['X-Forwarded-For', '127.0.0.1', 'X-Real-IP', '127.0.0.1'],
  };
}

describe('what is for the developer alone', () => {
  test.each(guarded)('%s is refused to everybody else, and nothing has changed', async (what) => {
    const before = {
      faults: echo.cloud.faults.current,
      keys: await (await fetch(`${echo.cloud.url}/oauth2/v3/certs`)).text(),
    };
    // From another process: the emulator's own has it all in its hands.
    const given = Object.entries(await others());
    const answers = await rawRequestsElsewhere(given.map(([, headers]) => requestOf(what, headers)));
    expect(answers.map(({ status }, index) => [given[index]?.[0], status])).toEqual(given.map(([who]) => [who, 401]));
    expect(echo.cloud.faults.current).toEqual(before.faults);
    expect(await (await fetch(`${echo.cloud.url}/oauth2/v3/certs`)).text()).toBe(before.keys);
  });

  test.each(guarded)('%s is refused before its body is read, with where the token is', async (what) => {
    const [method = '', path = ''] = what.split(' ');
    const headers = ['Content-Type', 'text/plain', 'Content-Length', '0'];
    const [answer] = await rawRequestsElsewhere([[echo.cloud.url + path, headers, method]]);
    if (answer === undefined) throw new Error('no answer');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="run-edges"');
    const { error } = JSON.parse(answer.body) as { error: { status: string; message: string } };
    expect(error.status).toBe('UNAUTHENTICATED');
    expect(error.message).toContain('~/.cache/run-edges');
    expect(error.message).not.toContain(echo.cloud.developerToken);
  });

  test('all of it is granted to who sends the token', async () => {
    const headers = ['Authorization', `bearer ${echo.cloud.developerToken}`];
    for (const what of guarded) expect([200, 400], what).toContain(await status(what, headers));
  });

  test.skipIf(platform() !== 'linux')(
    'credentials are given to the emulator’s own process, which has them anyway',
    async () => {
      const [credentials = '', ...others] = guarded;
      expect(await status(credentials, [])).toBe(200);
      for (const what of others) expect(await status(what, []), what).toBe(401);
      const wrong = [
        ['Authorization', 'Bearer x'],
        ['Authorization', ''],
        ['Forwarded', 'for=127.0.0.1'],
        ['Origin', 'https://evil.example'],
        ['Host', 'evil.example'],
      ];
      for (const headers of wrong) expect(await status(credentials, headers), `${headers}`).toBeGreaterThan(400);
    },
  );

  test('and not through a gate that leads to the emulator itself', async () => {
    await using around = await startEmulator({
      edges: parseDeclaration('services: { loop: { public: true } }', 'edges.yaml'),
      fronts: { loop: echo.cloud.url },
    });
    const url = `${around.service('loop').url}/run-edges/v1/credentials`;
    const host = ['Host', new URL(echo.cloud.url).host];
    for (const headers of [json, [...json, ...host], [...json, 'Connection', 'forwarded']])
      expect((await rawRequest(url, headers, 'POST')).status, `${headers}`).toBeGreaterThan(399);
  });

  test('what only tells asks for nothing', async () => {
    for (const path of [
      'services',
      'principals',
      'callers',
      'edges',
      'decisions',
      'calls',
      'graph',
      'faults',
      'project',
    ])
      expect(await status(`GET /run-edges/v1/${path}`, []), path).toBe(200);
  });
});

describe('the token', () => {
  test('is another one each time', async () => {
    await using other = await echoCloud();
    expect(other.cloud.developerToken).not.toBe(echo.cloud.developerToken);
    expect(other.cloud.developerToken).toMatch(/^[\w-]{43}$/);
  });

  test.each(['', 'x'.repeat(31), `${'x'.repeat(40)} y`, `${'x'.repeat(40)}\n`, 'é'.repeat(40)])(
    'of one’s own is refused where it is easy to guess or cannot be sent: %j',
    async (developerToken) => {
      const { declaration } = echo.cloud;
      await expect(startEmulator({ edges: declaration, deployed: false, developerToken })).rejects.toMatchObject({
        code: 'SETTING_INVALID',
        mend: expect.stringContaining('32 to 1000'),
      });
    },
  );
});
