import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExternalAccountClient, OAuth2Client } from 'google-auth-library';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { WorkloadIdentityProvider } from '../src/index.ts';
import { echoCloud } from './echo-cloud.ts';
import { rawRequest } from './raw-request.ts';
import { verifies } from './verifies.ts';

const issuer = 'https://token.actions.example';
const pools = 'iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools';
const provider = `//${pools}/ci/providers/actions`;
const search = 'search-run@run-edges-local.iam.gserviceaccount.com';
const tokenType = 'urn:ietf:params:oauth:token-type:jwt';

let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let jwks: { keys: Awaited<ReturnType<typeof exportJWK>>[] };
beforeAll(async () => {
  pair = await generateKeyPair('ES256');
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'ci', alg: 'ES256' }] };
});

function subjectToken(claims: JWTPayload = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: issuer, aud: provider, sub: 'repo:acme/app', owner: 'acme', iat: now, exp: now + 600, ...claims };
  return new SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'ci' }).sign(pair.privateKey);
}

/** An emulator that trusts the provider. */
async function trusting(change: Partial<WorkloadIdentityProvider> | string = {}) {
  const declared = { pool: 'ci', provider: 'actions', issuer, jwks };
  const echo = await echoCloud({
    now: () => Math.floor(Date.now() / 1000),
    workloadIdentityProviders: typeof change === 'string' ? change : [{ ...declared, ...change }],
  });
  onTestFinished(() => echo[Symbol.asyncDispose]());
  const sts = async (
    claims: JWTPayload = {},
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) => {
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: provider,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: tokenType,
      subject_token: await subjectToken(claims),
      ...fields,
    });
    const response = await fetch(`${echo.cloud.url}/v1/token`, { method: 'POST', body, headers });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  return { echo, sts };
}

describe('workload identity federation', () => {
  verifies('sts:allowed-audiences', 'and nothing else', async () => {
    const usual = await trusting();
    for (const aud of [provider, `https:${provider}`]) expect((await usual.sts({ aud })).status, aud).toBe(200);
    for (const aud of [provider.slice(2), `http:${provider}`, `${provider}/`, issuer])
      expect((await usual.sts({ aud })).body.error, aud).toBe('invalid_grant');
    const allowed = await trusting({ allowedAudiences: ['https://a.example'] });
    expect((await allowed.sts({ aud: 'https://a.example' })).status).toBe(200);
    expect((await allowed.sts({ aud: provider })).status).toBe(400);
  });

  verifies('sts:condition', 'or cannot be evaluated', async () => {
    const { sts } = await trusting({
      attributes: { owner: 'owner' },
      condition: 'attribute.owner == "acme" && assertion.sub.startsWith("repo:acme/")',
    });
    expect((await sts()).status).toBe(200);
    for (const claims of [{ owner: 'eve' }, { sub: 'repo:eve/app' }, { owner: undefined }, { owner: 7 }])
      expect(await sts(claims), JSON.stringify(claims)).toEqual({
        status: 400,
        body: {
          error: 'unauthorized_client',
          error_description: 'The given credential is rejected by the attribute condition.',
        },
      });
  });

  verifies('sts:condition-attributes', 'and what asks for groups that nobody mapped is refused', async () => {
    const admitted = async (condition: string, claims: JWTPayload = {}, change: object = {}) => {
      const { sts } = await trusting({ attributes: { owner: 'owner' }, groups: 'teams', condition, ...change });
      return (await sts({ teams: ['ops', 'dev'], ...claims })).status === 200;
    };
    for (const condition of [
      'google.subject == "repo:acme/app"',
      'google.subject.startsWith("repo:acme/") && attribute.owner == "acme"',
      '"ops" in google.groups',
      'google.groups.exists(one, one.startsWith("o"))',
      'google.groups.size() == 2 && attribute["owner"] == "acme" && assertion.teams[0] == "ops"',
    ])
      expect(await admitted(condition), condition).toBe(true);
    for (const condition of ['google.subject == "x"', '"admins" in google.groups', 'attribute.other == "x"'])
      expect(await admitted(condition), condition).toBe(false);
    for (const claims of [{ teams: undefined }, { teams: 'banned' }, { teams: { banned: true } }])
      expect(await admitted('!("banned" in google.groups)', claims), JSON.stringify(claims)).toBe(false);
    expect(await admitted('!("banned" in google.groups)', {}, { groups: undefined })).toBe(false);
    expect(await admitted('!("banned" in google.groups)')).toBe(true);
    await expect(trusting({ condition: 'google.email == "x"' })).rejects.toMatchObject({ code: 'PROVIDERS_INVALID' });
  });

  verifies('sts:groups', 'for each of many, also by the policy of an account', async () => {
    const groups = Array.from({ length: 200 }, (_, index) => `team-${index}@example.com`);
    const { echo, sts } = await trusting({ groups: 'groups' });
    const ask = async (claims: JWTPayload, member: string) => {
      echo.cloud.policies.grant(`serviceAccounts/${search}`, 'roles/iam.workloadIdentityUser', member);
      const { body } = await sts(claims);
      const { status } = await fetch(`${echo.cloud.url}/v1/projects/-/serviceAccounts/${search}:generateIdToken`, {
        method: 'POST',
        headers: { authorization: `Bearer ${body.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ audience: 'https://a.example' }),
      });
      echo.cloud.policies.revoke(`serviceAccounts/${search}`, 'roles/iam.workloadIdentityUser', member);
      return status;
    };
    const set = `principalSet://${pools}/ci/group`;
    for (const group of [groups[0], groups[199], 'a/subject/b'])
      expect(await ask({ groups: [...groups, 'a/subject/b'] }, `${set}/${group}`), group).toBe(200);
    for (const [claims, member] of [
      [{ groups }, `${set}/team`],
      [{ groups }, `${set}/team-200@example.com`],
      [{ groups: ['x', 7] }, `${set}/7`],
      [{ groups: 'team' }, `${set}/team`],
      [{ teams: ['x'] }, `${set}/x`],
      [{ groups: ['x'] }, `principalSet://${pools}/other/group/x`],
    ] as const)
      expect(await ask(claims as JWTPayload, member), member).toBe(403);
    expect(await ask({ sub: 'x/subject/y', groups: ['z'] }, `${set}/z`)).toBe(200);
    const many = Array.from({ length: 2000 }, (_, index) => `g${index}`);
    expect((await sts({ groups: many })).body).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('all mapped attributes'),
    });
  });

  verifies('sts:subject-size', 'in bytes, before any condition', async () => {
    const { sts } = await trusting({ condition: 'false' });
    const refused = (sub: string) => sts({ sub });
    for (const sub of ['s'.repeat(128), 'ä'.repeat(64), 's'.repeat(5000)])
      expect(await refused(sub), `${sub.length}`).toEqual({
        status: 400,
        body: {
          error: 'invalid_request',
          error_description:
            'The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.',
        },
      });
    const { sts: open } = await trusting();
    for (const sub of ['s'.repeat(127), `${'ä'.repeat(63)}s`]) expect((await open({ sub })).status).toBe(200);
  });

  verifies('sts:aws', 'with AWS, SAML and X.509', async () => {
    const { sts } = await trusting();
    expect((await sts({}, { subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request' })).status).toBe(200);
  });

  test('what is not emulated is told as such', async () => {
    const { sts } = await trusting();
    for (const [type, told] of [
      ['urn:ietf:params:aws:token-type:aws4_request', /not emulate subject tokens of AWS/],
      ['urn:ietf:params:oauth:token-type:saml2', /not emulate subject tokens of SAML/],
      ['urn:ietf:params:oauth:token-type:mtls', /not emulate subject tokens by X.509/],
    ] as const)
      expect((await sts({}, { subject_token_type: type })).body).toEqual({
        error: 'invalid_request',
        error_description: expect.stringMatching(told),
      });
    const audience = '//iam.googleapis.com/locations/global/workforcePools/staff/providers/entra';
    expect((await sts({}, { audience })).body.error_description).toMatch(/not emulate workforce pools/);
  });

  verifies('sts:extras', 'and give nobody anything', async () => {
    const { sts } = await trusting();
    const fields = { options: encodeURIComponent(JSON.stringify({ userProject: '1' })) };
    const { status, body } = await sts({}, fields, { authorization: `Basic ${btoa('client:secret')}` });
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'issued_token_type', 'token_type']);
  });

  verifies('sts:second-hop', 'not even for the service that trusts everybody', async () => {
    const { echo, sts } = await trusting();
    echo.cloud.policies.grant('services/search', 'roles/run.invoker', 'allAuthenticatedUsers');
    echo.cloud.policies.grant(
      `serviceAccounts/${search}`,
      'roles/iam.serviceAccountOpenIdTokenCreator',
      'allAuthenticatedUsers',
    );
    const { body } = await sts();
    const bearer = { authorization: `Bearer ${body.access_token}` };
    const { url } = echo.cloud.service('search');
    expect((await rawRequest(url, ['Authorization', bearer.authorization])).status).toBe(401);
    expect(echo.cloud.decisions.list().at(-1)).toMatchObject({ rule: 'access-token' });
    const become = `${echo.cloud.url}/v1/projects/-/serviceAccounts/${search}:generateIdToken`;
    const asked = await fetch(become, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify({ audience: url }),
    });
    expect(asked.status).toBe(403);
  });

  verifies('sts:client', 'by impersonation, unmodified', async () => {
    const { echo } = await trusting();
    const folder = await mkdtemp(join(tmpdir(), 'run-edges-federation-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'token');
    await writeFile(file, await subjectToken());
    const member = `principal://${pools}/ci/subject/repo:acme/app`;
    echo.cloud.policies.grant(`serviceAccounts/${search}`, 'roles/iam.workloadIdentityUser', member);
    const account = `${echo.cloud.url}/v1/projects/-/serviceAccounts/${search}`;
    const client = ExternalAccountClient.fromJSON({
      type: 'external_account',
      audience: provider,
      subject_token_type: tokenType,
      token_url: `${echo.cloud.url}/v1/token`,
      service_account_impersonation_url: `${account}:generateAccessToken`,
      credential_source: { file },
    });
    const { token } = (await client?.getAccessToken()) ?? {};
    echo.cloud.policies.grant(
      `serviceAccounts/${search}`,
      'roles/iam.serviceAccountOpenIdTokenCreator',
      `serviceAccount:${search}`,
    );
    echo.cloud.policies.grant('services/user-profiles', 'roles/run.invoker', `serviceAccount:${search}`);
    const { url } = echo.cloud.service('user-profiles');
    const impersonator = new OAuth2Client();
    impersonator.setCredentials({ access_token: token ?? '' });
    const { data } = await impersonator.request<{ token: string }>({
      url: `${account}:generateIdToken`,
      method: 'POST',
      data: { audience: url, includeEmail: true },
    });
    expect((await rawRequest(url, ['Authorization', `Bearer ${data.token}`])).status).toBe(200);
    expect(echo.cloud.decisions.list().at(-1)).toMatchObject({ caller: 'search', rule: 'invoker' });
  });
});

describe('providers in a file', () => {
  async function fileWith(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'run-edges-providers-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'jwks.json'), JSON.stringify(jwks));
    await writeFile(join(folder, 'trusted.yaml'), text);
    return join(folder, 'trusted.yaml');
  }

  test('are trusted as they would be as an option, with their keys in a file beside it', async () => {
    const { sts } = await trusting(
      await fileWith(`workloadIdentityProviders:
  - pool: ci
    provider: actions
    issuer: ${issuer}
    jwks: jwks.json
    attributes: { owner: owner }
    condition: attribute.owner == "acme"
`),
    );
    expect((await sts()).status).toBe(200);
    expect((await sts({ owner: 'eve' })).body.error).toBe('unauthorized_client');
  });

  const one = (rest: string) => `workloadIdentityProviders: [{ pool: ci, provider: actions, ${rest} }]`;
  test.each([
    ['no YAML', 'workloadIdentityProviders: [', 'holds no workload identity providers'],
    ['nothing', '', 'there is no list'],
    ['no list', 'workloadIdentityProviders: {}', 'there is no list'],
    ['an entry that is none', 'workloadIdentityProviders: [x]', 'entry 1 is no mapping'],
    ['a pool that is no name', 'workloadIdentityProviders: [{ pool: A/b, provider: x }]', 'the pool of entry 1'],
    ['no issuer', one('jwks: jwks.json'), 'the issuer of entry 1'],
    ['an unknown key', one(`issuer: "${issuer}", jwks: jwks.json, keys: 1`), 'unknown key "keys"'],
    ['no keys', one(`issuer: "${issuer}"`), 'jwks of entry 1'],
    ['a file that is not there', one(`issuer: "${issuer}", jwks: none.json`), 'ENOENT'],
    ['a file that holds none', one(`issuer: "${issuer}", jwks: trusted.yaml`), 'no JSON'],
    ['audiences that are none', one(`issuer: "${issuer}", jwks: jwks.json, allowedAudiences: x`), 'allowedAudiences'],
    ['attributes that are none', one(`issuer: "${issuer}", jwks: jwks.json, attributes: [x]`), 'attributes of entry 1'],
    ['a condition that is none', one(`issuer: "${issuer}", jwks: jwks.json, condition: "assertion."`), 'The condition'],
    ['a condition of no truth', one(`issuer: "${issuer}", jwks: jwks.json, condition: "1 + 1"`), 'it gives int'],
  ])('%s is told with its place', async (_name, text, part) => {
    const file = await fileWith(text);
    await expect(trusting(file)).rejects.toMatchObject({
      code: 'PROVIDERS_INVALID',
      message: expect.stringContaining(part),
    });
  });
});
