import { createPrivateKey } from 'node:crypto';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { ServiceAccountKeyFile } from '../src/index.ts';
import { type EchoCloud, echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const issuer = 'https://token.actions.example';
const provider =
  '//iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/ci/providers/actions';
const pool = 'principal://iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/ci';
const emailOf = (name: string) => `${name}-run@run-edges-local.iam.gserviceaccount.com`;
const clock = Math.floor(Date.now() / 1000);

let echo: EchoCloud;
let key: ServiceAccountKeyFile;
let ci: CryptoKey;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  ci = pair.privateKey as CryptoKey;
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'ci', alg: 'ES256' }] };
  const trusted = { pool: 'ci', provider: 'actions', issuer, jwks, attributes: { repository: 'repository' } };
  echo = await echoCloud({ now: () => clock, workloadIdentityProviders: [trusted] });
  key = await echo.cloud.serviceAccountKey('login');
});
afterAll(() => echo[Symbol.asyncDispose]());

type CryptoKey = Parameters<SignJWT['sign']>[0];
interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted
  readonly body: any;
}

async function post(path: string, body: object, headers: Record<string, string> = {}, json = false): Promise<Answer> {
  const response = await fetch(`${echo.cloud.url}${path}`, {
    method: 'POST',
    headers: json ? { 'content-type': 'application/json', ...headers } : headers,
    body: json ? JSON.stringify(body) : new URLSearchParams(body as Record<string, string>),
  });
  return { status: response.status, body: await response.json() };
}

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
async function assertion(
  claims: JWTPayload = {},
  signer: CryptoKey = createPrivateKey(key.private_key),
  kid = key.private_key_id,
) {
  const all = {
    iss: key.client_email,
    aud: key.token_uri,
    iat: clock,
    exp: clock + 3600,
    target_audience: 'https://a.example',
    ...claims,
  };
  return new SignJWT(all).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(signer);
}
const exchange = async (claims?: JWTPayload) =>
  post('/token', { grant_type: grantType, assertion: await assertion(claims) });

const subjectToken = (claims: JWTPayload = {}, signer = ci) =>
  new SignJWT({
    iss: issuer,
    aud: provider,
    sub: 'repo:acme/app',
    repository: 'acme/app',
    iat: clock,
    exp: clock + 600,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'ci' })
    .sign(signer);
async function sts(change: Record<string, string> = {}, json = false): Promise<Answer> {
  const fields = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: provider,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: await subjectToken(),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    ...change,
  };
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  const body = json ? Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value])) : fields;
  return post('/v1/token', body, {}, json);
}

async function accessTokenOf(name: string): Promise<string> {
  const { metadataHost } = echo.cloud.service(name).listed();
  const url = `http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/token`;
  return ((await (await fetch(url, { headers: { 'Metadata-Flavor': 'Google' } })).json()) as { access_token: string })
    .access_token;
}
const be = (account: string, method: string, bearer: string, body: object) =>
  post(`/v1/projects/-/serviceAccounts/${account}:${method}`, body, { authorization: `Bearer ${bearer}` }, true);

describe('the token endpoint', () => {
  verifies('exchange:id-token', 'that the gate lets in', async () => {
    const { url } = echo.cloud.service('user-profiles');
    const { status, body } = await exchange({ target_audience: url });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['id_token']);
    expect(decodeJwt(body.id_token)).toMatchObject({
      aud: url,
      azp: emailOf('login'),
      email: emailOf('login'),
      email_verified: true,
      exp: clock + 3600,
    });
    expect((await rawRequest(`${url}/x`, ['Authorization', `Bearer ${body.id_token}`])).status).toBe(200);
  });

  verifies('exchange:access-token', 'and nothing without either', async () => {
    const granted = await exchange({
      target_audience: undefined,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
    expect(granted.body).toEqual({
      access_token: expect.stringMatching(/^ya29\.[\w-]+$/),
      expires_in: 3599,
      token_type: 'Bearer',
    });
    expect(await exchange({ target_audience: undefined })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  verifies('exchange:audience', 'exactly', async () => {
    for (const aud of [
      'https://oauth2.googleapis.com/token',
      'https://www.googleapis.com/oauth2/v4/token',
      key.token_uri,
    ])
      expect((await exchange({ aud })).status, aud).toBe(200);
    for (const aud of [
      'https://oauth2.googleapis.com/token/',
      'https://evil.example/token',
      [key.token_uri],
      undefined,
    ])
      expect(await exchange({ aud } as JWTPayload)).toEqual({
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Invalid JWT: Failed audience check.' },
      });
  });

  verifies('exchange:short-lived', 'with Google’s text', async () => {
    const times = [
      { exp: clock + 3601 },
      { iat: clock - 7200, exp: clock - 3600 },
      { iat: clock + 1000, exp: clock + 2000 },
      { exp: undefined },
    ];
    for (const time of times) {
      const { status, body } = await exchange(time as JWTPayload);
      expect(status).toBe(400);
      expect(body.error).toBe('invalid_grant');
      expect(body.error_description).toContain('Token must be a short-lived token (60 minutes)');
    }
  });

  verifies('exchange:set-back', 'with a minute to spare and no second more', async () => {
    for (const [back, lifetime] of [
      [10, 3620],
      [60, 3660],
      [30, 3630],
      [5, 3660],
      [60, 3600],
    ] as const) {
      const time = { iat: clock - back, exp: clock - back + lifetime };
      expect((await exchange(time)).status, `${back} back, ${lifetime} s`).toBe(200);
    }
    for (const [back, lifetime] of [
      [60, 3661],
      [0, 3620],
      [-60, 3660],
      [3600, 7200],
    ] as const)
      expect(
        (await exchange({ iat: clock - back, exp: clock - back + lifetime })).body,
        `${back}, ${lifetime}`,
      ).toEqual({
        error: 'invalid_grant',
        error_description: expect.stringContaining('short-lived token (60 minutes)'),
      });
  });

  verifies('exchange:signature', 'and rubbish too', async () => {
    const other = await echo.cloud.serviceAccountKey('search');
    const forged = [
      await assertion({}, createPrivateKey(other.private_key)),
      await assertion({}, createPrivateKey(other.private_key), other.private_key_id),
      await assertion({}, createPrivateKey(key.private_key), 'f'.repeat(40)),
      await new SignJWT({ iss: key.client_email, aud: key.token_uri, iat: clock, exp: clock + 60 })
        .setProtectedHeader({ alg: 'HS256', kid: key.private_key_id })
        .sign(Buffer.from(key.client_id.padEnd(32))),
      'rubbish',
      '',
    ];
    const unnamed = (privateKey: string) =>
      new SignJWT({ target_audience: 'a', iss: key.client_email, aud: key.token_uri, iat: clock, exp: clock + 60 })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(createPrivateKey(privateKey));
    forged.push(await unnamed(other.private_key));
    for (const one of forged)
      expect(await post('/token', { grant_type: grantType, assertion: one })).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    const named = await post('/token', { grant_type: grantType, assertion: await unnamed(key.private_key) });
    expect(named.status, 'Node’s library names no key').toBe(200);
    expect(await post('/token', { grant_type: 'password' })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    });
    expect((await post('/token', [], {}, true)).status).toBe(400);
  });

  verifies('exchange:refresh', 'and a foreign refresh token is refused', async () => {
    const user = await echo.cloud.userCredentials('dev@example.com');
    const { status, body } = await post('/token', {
      ...user,
      grant_type: 'refresh_token',
      target_audience: 'https://a.example',
    });
    expect(status).toBe(200);
    expect(decodeJwt(body.id_token)).toMatchObject({
      aud: '32555940559.apps.googleusercontent.com',
      email: 'dev@example.com',
    });
    for (const token of ['rubbish', body.id_token, `${user.refresh_token}x`])
      expect(await post('/token', { grant_type: 'refresh_token', refresh_token: token })).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
  });
});

describe('the security token service', () => {
  verifies('sts:exchange', 'which gives no ID token, but may be a service account that trusts it', async () => {
    for (const json of [false, true]) {
      const { status, body } = await sts({}, json);
      expect(status).toBe(200);
      expect(body).toEqual({
        access_token: expect.stringMatching(/^ya29\.[\w-]+$/),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 3600,
      });
      expect((await be(emailOf('search'), 'generateIdToken', body.access_token, { audience: 'a' })).status).toBe(403);
    }
    for (const member of [
      `${pool}/subject/repo:acme/app`,
      `${pool.replace('principal:', 'principalSet:')}/attribute.repository/acme/app`,
    ]) {
      const { body } = await sts();
      echo.cloud.policies.grant(`serviceAccounts/${emailOf('search')}`, 'roles/iam.workloadIdentityUser', member);
      expect((await be(emailOf('search'), 'generateIdToken', body.access_token, { audience: 'a' })).status).toBe(200);
      echo.cloud.policies.revoke(`serviceAccounts/${emailOf('search')}`, 'roles/iam.workloadIdentityUser', member);
    }
  });

  verifies('sts:audience-form', 'with and without the parts of a name', async () => {
    for (const audience of ['', 'https://a.example', provider.slice(2), `${provider}/x`]) {
      const { status, body } = await sts({ audience });
      expect(status).toBe(400);
      expect(body.error).toBe('invalid_request');
      expect(body.error_description).toMatch(
        /^Invalid value for "audience"\. This value should be the full resource name of the Identity Provider\./,
      );
    }
    for (const change of [{ grant_type: 'x' }, { subject_token_type: 'x' }, { requested_token_type: 'x' }])
      expect(await sts(change as Record<string, string>)).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    expect(await sts({ scope: '' })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  verifies('sts:unknown-provider', 'of the right form', async () => {
    const { status, body } = await sts({ audience: provider.replace('actions', 'other') });
    expect(status).toBe(400);
    expect(body.error).toBe('invalid_target');
    expect(body.error_description).toContain('The target service indicated by the "audience" parameters is invalid.');
  });

  verifies('sts:subject-token', 'each with its text', async () => {
    const refused = async (token: string) => {
      const { status, body } = await sts({ subject_token: token });
      expect(status).toBe(400);
      expect(body.error).toBe('invalid_grant');
      return body.error_description;
    };
    expect(await refused(await subjectToken({ iat: clock - 900, exp: clock - 300 }))).toBe(
      `ID Token issued at ${clock - 900} is stale to sign-in.`,
    );
    expect(await refused(await subjectToken({ aud: 'https://a.example' }))).toContain(
      'The audience in ID Token [https://a.example] does not match',
    );
    expect(await refused(await subjectToken({ iss: 'https://evil.example' }))).toContain('issuer');
    expect(await refused(await subjectToken({}, (await generateKeyPair('ES256')).privateKey))).toContain('signature');
    expect(await refused('rubbish')).toContain('signature');
  });
});

describe('iamcredentials', () => {
  const openId = 'roles/iam.serviceAccountOpenIdTokenCreator';
  const creator = 'roles/iam.serviceAccountTokenCreator';

  verifies('credentials:id-token', 'with booleans as texts, too', async () => {
    echo.cloud.policies.grant(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
    const bearer = await accessTokenOf('login');
    const claims = async (body: object) =>
      decodeJwt(
        (await be(emailOf('search'), 'generateIdToken', bearer, { audience: 'https://a.example', ...body })).body.token,
      );
    const bare = await claims({});
    expect(Object.keys(bare).sort()).toEqual(['aud', 'azp', 'exp', 'iat', 'iss', 'sub']);
    expect(bare).toMatchObject({ azp: expect.stringMatching(/^\d{21}$/), sub: bare.azp });
    for (const yes of [true, 'true'])
      expect(await claims({ includeEmail: yes, useEmailAzp: yes })).toMatchObject({
        email: emailOf('search'),
        email_verified: true,
        azp: emailOf('search'),
      });
    expect(await claims({ includeEmail: 'false' })).not.toHaveProperty('email');
    const byId = await be(`${bare.sub}`, 'generateIdToken', bearer, { audience: 'a' });
    expect(byId.status).toBe(200);
    echo.cloud.policies.revoke(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
  });

  verifies('credentials:access-token', 'which is the other account', async () => {
    const resource = `serviceAccounts/${emailOf('user-profiles')}` as const;
    echo.cloud.policies.grant(resource, creator, 'user:dev@example.com');
    const user = await echo.cloud.userCredentials('dev@example.com');
    const { body } = await post('/token', { ...user, grant_type: 'refresh_token' });
    const made = await be(emailOf('user-profiles'), 'generateAccessToken', body.access_token, {
      scope: ['a'],
      lifetime: '600s',
    });
    expect(made.body).toEqual({
      accessToken: expect.stringMatching(/^ya29\./),
      expireTime: new Date((clock + 600) * 1000).toISOString().replace('.000', ''),
    });
    echo.cloud.policies.grant(resource, openId, `serviceAccount:${emailOf('user-profiles')}`);
    expect(
      (await be(emailOf('user-profiles'), 'generateIdToken', made.body.accessToken, { audience: 'a' })).status,
    ).toBe(200);
    for (const lifetime of ['3601s', '0s', 'x', '1h'])
      expect(
        (await be(emailOf('user-profiles'), 'generateAccessToken', body.access_token, { scope: ['a'], lifetime }))
          .status,
      ).toBe(400);
  });

  verifies('credentials:permission', 'owners and the account itself included', async () => {
    const bearer = await accessTokenOf('login');
    for (const account of ['login', 'search']) {
      expect(await be(emailOf(account), 'generateIdToken', bearer, { audience: 'a' })).toEqual({
        status: 403,
        body: {
          error: {
            code: 403,
            message: "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist).",
            status: 'PERMISSION_DENIED',
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                reason: 'IAM_PERMISSION_DENIED',
                domain: 'iam.googleapis.com',
                metadata: { permission: 'iam.serviceAccounts.getOpenIdToken' },
              },
            ],
          },
        },
      });
      expect((await be(emailOf(account), 'generateAccessToken', bearer, { scope: ['a'] })).status).toBe(403);
    }
    echo.cloud.policies.grant('project', 'roles/owner', `serviceAccount:${emailOf('login')}`);
    expect((await be(emailOf('search'), 'generateIdToken', bearer, { audience: 'a' })).status).toBe(403);
    echo.cloud.policies.revoke('project', 'roles/owner', `serviceAccount:${emailOf('login')}`);
    echo.cloud.policies.grant(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
    expect((await be(emailOf('search'), 'generateAccessToken', bearer, { scope: ['a'] })).status).toBe(403);
    echo.cloud.policies.revoke(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
  });

  verifies('credentials:wildcard', 'neither id nor number', async () => {
    echo.cloud.policies.grant(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
    const headers = { authorization: `Bearer ${await accessTokenOf('login')}` };
    const path = (project: string) => `/v1/projects/${project}/serviceAccounts/${emailOf('search')}:generateIdToken`;
    expect((await post(path('-'), { audience: 'a' }, headers, true)).status).toBe(200);
    for (const project of ['run-edges-local', '100000000001'])
      expect((await post(path(project), { audience: 'a' }, headers, true)).status, project).toBe(400);
    echo.cloud.policies.revoke(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
  });

  verifies('credentials:organization', 'and no claim unasked', async () => {
    echo.cloud.policies.grant(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
    const bearer = await accessTokenOf('login');
    for (const yes of [true, 'true']) {
      const body = { audience: 'a', organizationNumberIncluded: yes };
      const { token } = (await be(emailOf('search'), 'generateIdToken', bearer, body)).body;
      expect(decodeJwt(token).google).toEqual({ organization_number: null });
    }
    const plain = (await be(emailOf('search'), 'generateIdToken', bearer, { audience: 'a' })).body.token;
    expect(decodeJwt(plain)).not.toHaveProperty('google');
    echo.cloud.policies.revoke(`serviceAccounts/${emailOf('search')}`, openId, `serviceAccount:${emailOf('login')}`);
  });

  verifies('credentials:delegation', 'and a missing link is told', async () => {
    const bearer = await accessTokenOf('login');
    const chain = { audience: 'a', delegates: [`projects/-/serviceAccounts/${emailOf('user-profiles')}`] };
    echo.cloud.policies.grant(
      `serviceAccounts/${emailOf('search')}`,
      creator,
      `serviceAccount:${emailOf('user-profiles')}`,
    );
    const missing = await be(emailOf('search'), 'generateIdToken', bearer, chain);
    expect(missing.body.error.message).toContain("'iam.serviceAccounts.implicitDelegation' denied");
    echo.cloud.policies.grant(
      `serviceAccounts/${emailOf('user-profiles')}`,
      creator,
      `serviceAccount:${emailOf('login')}`,
    );
    expect((await be(emailOf('search'), 'generateIdToken', bearer, chain)).status).toBe(200);
    expect((await be(emailOf('search'), 'generateIdToken', bearer, { audience: 'a' })).status).toBe(403);
  });

  verifies('credentials:errors', 'as every JSON API of Google words them', async () => {
    const bearer = await accessTokenOf('login');
    const idToken = await echo.cloud.idToken('login', 'a');
    for (const bad of ['', 'rubbish', 'ya29.rubbish', idToken])
      expect(await be(emailOf('search'), 'generateIdToken', bad, { audience: 'a' })).toMatchObject({
        status: 401,
        body: { error: { code: 401, status: 'UNAUTHENTICATED' } },
      });
    for (const audience of ['', undefined, 7])
      expect(await be(emailOf('search'), 'generateIdToken', bearer, { audience })).toMatchObject({
        status: 400,
        body: { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' } },
      });
    for (const scope of [[], undefined, 'a', [7]])
      expect((await be(emailOf('search'), 'generateAccessToken', bearer, { scope })).status).toBe(400);
    expect(await be('nobody@x.iam.gserviceaccount.com', 'generateIdToken', bearer, { audience: 'a' })).toMatchObject({
      status: 404,
      body: {
        error: {
          status: 'NOT_FOUND',
          message: 'Not found; Gaia id not found for email nobody@x.iam.gserviceaccount.com',
        },
      },
    });
    expect((await be(emailOf('search'), 'becomeOwner', bearer, {})).status).toBe(404);
  });
});
