import type { JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { forgedTokens } from './forged-tokens.ts';
import { type RawAnswer, rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

let echo: EchoCloud;
let good: string;
const url = (service: string) => echo.cloud.service(service).url;
const bearer = (token: string) => ['Authorization', `Bearer ${token}`];

beforeAll(async () => {
  echo = await echoCloud();
});
afterAll(() => echo[Symbol.asyncDispose]());
beforeEach(async () => {
  good = await echo.cloud.idToken('login', url('user-profiles'));
});

const page403 = `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>403 Forbidden</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Forbidden</h1>
<h2>Your client does not have permission to get URL <code>/a/&lt;b&gt;</code> from this server.</h2>
<h2></h2>
</body></html>
`;
const page401 = `
<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>401 Unauthorized</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Unauthorized</h1>
<h2>Your client does not have permission to the requested URL <code>/x</code>.</h2>
<h2></h2>
</body></html>
`;

/** The request was refused, nothing reached the container, and the decision says why. */
async function refused(
  service: string,
  status: number,
  rule: string,
  headers: string[],
  path = '/x',
): Promise<RawAnswer> {
  const before = echo.seen(service).length;
  const answer = await rawRequest(`${url(service)}${path}`, headers);
  expect(answer.status, rule).toBe(status);
  expect(answer.headers['content-type']).toBe('text/html; charset=UTF-8');
  expect(answer.headers.server).toBe('Google Frontend');
  expect(echo.seen(service)).toHaveLength(before);
  const decision = echo.cloud.decisions.list().at(-1);
  expect(decision).toMatchObject({ receiver: service, status, rule, path: path.split('?')[0] });
  expect(decision?.mend).not.toBe('');
  return answer;
}

async function passed(service: string, headers: string[], path = '/x') {
  const answer = await rawRequest(`${url(service)}${path}`, headers);
  expect(answer).toMatchObject({ status: 200, body: 'from the app' });
  const seen = echo.seen(service).at(-1);
  if (seen === undefined) throw new Error('nothing reached the container');
  return { answer, seen };
}

describe('the gate', () => {
  verifies('gate:authorization', 'with the scheme in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      await passed('user-profiles', ['Authorization', `${scheme} ${good}`]);
    expect(echo.cloud.decisions.list().at(-1)).toMatchObject({
      caller: 'login',
      receiver: 'user-profiles',
      rule: 'invoker',
      status: 200,
    });
  });

  verifies('gate:serverless-first', 'good beside bad is let through, bad beside good is refused', async () => {
    await passed('user-profiles', ['X-Serverless-Authorization', `Bearer ${good}`, 'Authorization', 'Bearer rubbish']);
    await refused('user-profiles', 401, 'access-token', [
      'X-Serverless-Authorization',
      'Bearer rubbish',
      ...bearer(good),
    ]);
    await refused('user-profiles', 403, 'no-credentials', ['X-Serverless-Authorization', '', ...bearer(good)]);
  });

  verifies('gate:authorization-passes', 'byte for byte', async () => {
    const { seen } = await passed('user-profiles', ['X-Serverless-Authorization', `Bearer ${good}`, ...bearer(good)]);
    expect(seen.headers.authorization).toBe(`Bearer ${good}`);
  });

  verifies('gate:signature-removed', 'header and payload kept', async () => {
    const stripped = `Bearer ${good.split('.').slice(0, 2).join('.')}.SIGNATURE_REMOVED_BY_GOOGLE`;
    const { seen } = await passed('user-profiles', ['X-Serverless-Authorization', `Bearer ${good}`]);
    expect(seen.headers['x-serverless-authorization']).toBe(stripped);
    expect(JSON.stringify(seen)).not.toContain(good.split('.')[2]);
  });

  verifies('gate:public-serverless-stripped', 'though nobody checked it', async () => {
    const { seen } = await passed('login', ['X-Serverless-Authorization', 'Bearer aaa.bbb.ccc']);
    expect(seen.headers['x-serverless-authorization']).toBe('Bearer aaa.bbb.SIGNATURE_REMOVED_BY_GOOGLE');
  });

  verifies('gate:public-authorization-kept', 'good, foreign or rubbish', async () => {
    for (const value of [`Bearer ${good}`, 'Bearer aaa.bbb.ccc', 'Basic eDp5'])
      expect((await passed('login', ['Authorization', value])).seen.headers.authorization).toBe(value);
  });

  verifies('gate:no-token', 'with the path escaped and without its query', async () => {
    const answer = await refused('user-profiles', 403, 'no-credentials', [], '/a/<b>?secret=1');
    expect(answer.body).toBe(page403);
    expect(answer.headers['www-authenticate']).toBeUndefined();
    expect(JSON.stringify(echo.cloud.decisions.list())).not.toContain('secret');
  });

  verifies('gate:not-an-invoker', 'for every service without the edge, and for the stranger', async () => {
    for (const [caller, receiver] of [
      ['login', 'search'],
      ['search', 'user-profiles'],
      ['search', 'search'],
      ['stranger', 'search'],
    ] as const) {
      const token = await echo.cloud.idToken(caller, url(receiver));
      const answer = await refused(receiver, 403, 'not-an-invoker', bearer(token));
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(echo.cloud.decisions.list().at(-1)).toMatchObject({ caller });
    }
  });

  verifies('gate:invalid-token', 'forged in every way', async () => {
    const jwks = (await (await fetch(`${echo.cloud.url}/oauth2/v3/certs`)).json()) as { keys: JWK[] };
    for (const [name, token] of Object.entries(await forgedTokens(good, jwks))) {
      const answer = await refused('user-profiles', 401, name.split(' ')[0] as string, bearer(token));
      expect(answer.body, name).toBe(page401);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer error="invalid_token" error_description="The access token could not be verified"',
      );
    }
  });

  verifies('gate:invalid-token', 'expired by a second, or from a clock that is ahead', async () => {
    echo.pass(3599);
    await passed('user-profiles', bearer(good));
    echo.pass(1);
    await refused('user-profiles', 401, 'expired', bearer(good));
    const late = await echo.cloud.idToken('login', url('user-profiles'));
    echo.pass(-3600);
    await refused('user-profiles', 401, 'not-yet-valid', bearer(late));
  });

  verifies('gate:access-token', 'of the very same service account', async () => {
    const host = echo.cloud.service('login').listed().metadataHost;
    const response = await fetch(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`, {
      headers: { 'Metadata-Flavor': 'Google' },
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    await refused('user-profiles', 401, 'access-token', bearer(token));
  });

  verifies('gate:not-bearer', 'Basic, a bare token, a bare scheme', async () => {
    for (const value of ['Basic eDp5', good, 'Bearer', 'Bearer: x'])
      await refused('user-profiles', 401, 'not-bearer', ['Authorization', value]);
  });

  verifies('gate:several-tokens', 'in one header or in two', async () => {
    await refused('user-profiles', 401, 'several-credentials', [...bearer(good), ...bearer(good)]);
    await refused('user-profiles', 401, 'several-credentials', ['Authorization', `Bearer ${good} ${good}`]);
    await refused('user-profiles', 401, 'several-credentials', ['Authorization', `Bearer ${good}, Bearer ${good}`]);
    const twice = ['X-Serverless-Authorization', `Bearer ${good}`];
    await refused('user-profiles', 401, 'several-credentials', [...twice, ...twice]);
  });

  verifies('gate:audience-urls', 'in every form, at every host', async () => {
    const { hosts } = echo.cloud.service('user-profiles');
    for (const origin of [url('user-profiles'), ...hosts.map((host) => `https://${host}`)])
      for (const audience of [origin, `${origin}/`, `${origin}/people/me`]) {
        const token = await echo.cloud.idToken('login', audience);
        await passed('user-profiles', bearer(token));
        await passed('user-profiles', ['Host', hosts[1], ...bearer(token)]);
      }
  });

  verifies('gate:audience-refused', 'near misses', async () => {
    const { hosts } = echo.cloud.service('user-profiles');
    const origin = `https://${hosts[0]}`;
    const near = [
      `${origin}/?a=b`,
      `${origin}/#x`,
      `${origin}x`,
      `${origin}.evil.example`,
      hosts[0],
      origin.toUpperCase(),
      'user-profiles',
    ];
    for (const audience of [...near, url('search'), `https://blue---${hosts[0]}`, 'https://run.googleapis.com'])
      await refused('user-profiles', 401, 'wrong-audience', bearer(await echo.cloud.idToken('login', audience)));
  });

  verifies('gate:audience-custom', 'and only byte for byte', async () => {
    for (const audience of ['https://profiles.example.com', 'plain-string'])
      await passed('user-profiles', bearer(await echo.cloud.idToken('login', audience)));
    for (const audience of ['https://profiles.example.com/', 'Plain-String'])
      await refused('user-profiles', 401, 'wrong-audience', bearer(await echo.cloud.idToken('login', audience)));
  });

  verifies('gate:unknown-host', 'though the token is good', async () => {
    const answer = await rawRequest(`${url('user-profiles')}/x`, [
      'Host',
      'nobody-1.us-central1.run.app',
      ...bearer(good),
    ]);
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('<h1>Error: Page not found</h1>');
    expect(answer.body).toContain('The requested URL was not found on this server.');
  });

  verifies('gate:healthz', 'and nothing else', async () => {
    await refused('login', 404, 'reserved-path', [], '/healthz');
    for (const path of ['/healthz/', '/HEALTHZ', '/readyz']) await passed('login', [], path);
  });

  verifies('gate:headers-added', 'going on with the caller’s trace', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const sent = [
      'traceparent',
      `00-${trace}-00f067aa0ba902b7-01`,
      'X-Forwarded-For',
      '1.2.3.4',
      'X-Forwarded-Proto',
      'gopher',
    ];
    const { seen, answer } = await passed('login', sent);
    expect(seen.headers).toMatchObject({
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'http',
      forwarded: 'for="127.0.0.1";proto=http',
      traceparent: expect.stringMatching(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`)),
      'x-cloud-trace-context': expect.stringMatching(new RegExp(`^${trace}/\\d+;o=1$`)),
    });
    expect(answer.headers.server).toBe('Google Frontend');
    expect(echo.cloud.decisions.list().at(-1)?.trace).toBe(trace);
  });

  verifies('gate:headers-removed', 'named by Connection or not', async () => {
    const sent = [
      'X-Google-Internal',
      '1',
      'Connection',
      'TE',
      'TE',
      'trailers',
      'Proxy-Authorization',
      'Basic x',
      'X-Kept',
      '1',
    ];
    const { seen } = await passed('login', sent);
    for (const name of ['x-google-internal', 'te', 'proxy-authorization'])
      expect(seen.headers[name], name).toBeUndefined();
    expect(seen.headers['x-kept']).toBe('1');
  });

  verifies('gate:cookie-private', 'whatever the app said', async () => {
    expect((await passed('login', [], '/cookie')).answer.headers).toMatchObject({
      'set-cookie': ['a=b'],
      'cache-control': 'private',
    });
    expect((await passed('login', [])).answer.headers['cache-control']).toBeUndefined();
  });

  verifies('gate:unavailable', 'for an invoker; the others still get their 403', async () => {
    await using other = await echoCloud();
    await other.kill('search');
    const token = await other.cloud.idToken('user-profiles', other.cloud.service('search').url);
    expect((await rawRequest(`${other.cloud.service('search').url}/x`, bearer(token))).status).toBe(503);
    expect(other.cloud.decisions.list().at(-1)).toMatchObject({ status: 503, rule: 'container-failed' });
    expect((await rawRequest(`${other.cloud.service('search').url}/x`)).status).toBe(403);
  });
});
