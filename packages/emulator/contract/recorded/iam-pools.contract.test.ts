import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { type AdminCloud, adminCloud, preparedCloud, project } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const pools = `/v1/projects/${project}/locations/global/workloadIdentityPools`;
const issuer = 'https://token.actions.example';
const DAY_S = 86_400;

/** A pool with a provider, as `gcloud iam workload-identity-pools ... create-oidc` makes them, and exchanges with it. */
async function trusted(cloud: AdminCloud, pool: string) {
  const pair = await generateKeyPair('ES256');
  const jwksJson = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'ci', alg: 'ES256' }] });
  await cloud.call('POST', `${pools}?workloadIdentityPoolId=${pool}&alt=json`, { disabled: false, displayName: 'CI' });
  const { body } = await cloud.call(
    'POST',
    `${pools}/${pool}/providers?workloadIdentityPoolProviderId=actions&alt=json`,
    {
      disabled: false,
      oidc: { issuerUri: issuer, jwksJson },
      attributeMapping: { 'google.subject': 'assertion.sub' },
    },
  );
  const audience = `//iam.googleapis.com/${body.response.name}`;
  const exchange = async () => {
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'ci' })
      .setIssuer(issuer)
      .setSubject('repo:acme/app')
      .setAudience(`https:${audience}`)
      .setIssuedAt(now)
      .setExpirationTime(now + 600)
      .sign(pair.privateKey);
    const response = await fetch(`${cloud.cloud.url}/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience,
        scope: 'https://www.googleapis.com/auth/cloud-platform',
        subject_token: token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      }),
    });
    return { status: response.status, body: (await response.json()) as { access_token: string } };
  };
  return { operation: body, provider: `${pools}/${pool}/providers/actions`, pool: `${pools}/${pool}`, exchange };
}

describe('workload identity pools and providers', () => {
  verifies('pool:operation', 'each of them', async () => {
    const { operation, pool, provider } = await trusted(admin, 'operated');
    const typed = (kind: string) => ({
      name: expect.stringMatching(/\/operations\/[\w-]+$/),
      done: true,
      metadata: { '@type': `type.googleapis.com/google.iam.v1.${kind}OperationMetadata` },
      response: { '@type': `type.googleapis.com/google.iam.v1.${kind}` },
    });
    expect(operation).toMatchObject(typed('WorkloadIdentityPoolProvider'));
    expect((await admin.call('GET', `/v1/${operation.name}?alt=json`)).body).toEqual(operation);
    for (const [method, path, kind] of [
      ['PATCH', `${provider}?updateMask=displayName`, 'WorkloadIdentityPoolProvider'],
      ['DELETE', provider, 'WorkloadIdentityPoolProvider'],
      ['POST', `${provider}:undelete`, 'WorkloadIdentityPoolProvider'],
      ['PATCH', `${pool}?updateMask=displayName`, 'WorkloadIdentityPool'],
      ['DELETE', pool, 'WorkloadIdentityPool'],
      ['POST', `${pool}:undelete`, 'WorkloadIdentityPool'],
    ] as const) {
      const { status, body } = await admin.call(method, path, method === 'DELETE' ? undefined : {});
      expect(status, `${method} ${path}`).toBe(200);
      expect(body).toMatchObject(typed(kind));
      expect((await admin.call('GET', `/v1/${body.name}`)).body).toEqual(body);
    }
    expect((await admin.call('GET', `${pool}/operations/none`)).status).toBe(404);
  });

  verifies('pool:undelete', 'within 30 days', async () => {
    const clock = { now: Math.floor(Date.now() / 1000) };
    await using timed = await preparedCloud({ now: () => clock.now });
    const { pool, provider, exchange } = await trusted(timed, 'coming-back');
    const status = async () => (await exchange()).status;
    expect(await status()).toBe(200);
    await timed.call('DELETE', provider);
    expect((await timed.call('GET', provider)).body).toMatchObject({
      state: 'DELETED',
      expireTime: new Date((clock.now + 30 * DAY_S) * 1000).toISOString().replace('.000Z', 'Z'),
    });
    expect(await status()).toBe(400);
    const names = async (path: string) => Object.values((await timed.call('GET', path)).body)[0] as unknown[];
    expect(await names(`${pool}/providers`)).toEqual([]);
    expect(await names(`${pool}/providers?showDeleted=true`)).toHaveLength(1);
    expect((await timed.call('PATCH', `${provider}?updateMask=disabled`, {})).status).toBe(400);
    expect((await timed.call('DELETE', provider)).status).toBe(400);
    await timed.call('POST', `${provider}:undelete`, {});
    expect(await status()).toBe(200);
    expect((await timed.call('POST', `${provider}:undelete`, {})).status).toBe(400);

    await timed.call('DELETE', pool);
    expect(await status()).toBe(400);
    expect(await names(pools)).toEqual([]);
    expect(await names(`${pools}?showDeleted=true`)).toMatchObject([{ state: 'DELETED', displayName: 'CI' }]);
    const again = `${pools}?workloadIdentityPoolId=coming-back`;
    expect((await timed.call('POST', again, {})).body.error.status).toBe('ALREADY_EXISTS');
    const inside = `${pool}/providers?workloadIdentityPoolProviderId=other`;
    expect((await timed.call('POST', inside, { oidc: { issuerUri: issuer } })).status).toBe(400);
    clock.now += 30 * DAY_S - 1;
    await timed.call('POST', `${pool}:undelete`, {}, { bearer: await timed.tokenOf('developer@example.com') });
    const bearer = await timed.tokenOf('developer@example.com');
    expect((await timed.call('GET', pool, undefined, { bearer })).body.state).toBe('ACTIVE');
    await timed.call('DELETE', pool, undefined, { bearer });
    clock.now += 30 * DAY_S;
    const late = { bearer: await timed.tokenOf('developer@example.com') };
    expect((await timed.call('POST', `${pool}:undelete`, {}, late)).status).toBe(404);
    expect((await timed.call('POST', again, {}, late)).status).toBe(200);
    expect((await timed.call('GET', provider, undefined, late)).status).toBe(404);
  });

  verifies('pool:undelete', 'and over a restart', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'run-edges-state-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const before = await preparedCloud({ stateDir });
    const { pool } = await trusted(before, 'kept-pool');
    await before.call('DELETE', pool);
    await before[Symbol.asyncDispose]();
    await using after = await adminCloud({ stateDir });
    expect((await after.call('GET', pool)).body.state).toBe('DELETED');
    expect((await after.call('POST', `${pool}:undelete`, {})).body.response.state).toBe('ACTIVE');
  });

  verifies('pool:mode', 'when one is made', async () => {
    const make = (id: string, mode: string) => admin.call('POST', `${pools}?workloadIdentityPoolId=${id}`, { mode });
    expect((await make('federated', 'FEDERATION_ONLY')).status).toBe(200);
    expect((await make('trusting', 'TRUST_DOMAIN')).status).toBe(501);
    expect((await make('trusting', 'NONE')).status).toBe(400);
    expect((await admin.call('GET', `${pools}/trusting`)).status).toBe(404);
  });

  verifies('pool:mask', 'as Terraform and gcloud send it', async () => {
    const { pool, provider } = await trusted(admin, 'masked-pool');
    const { body } = await admin.call('PATCH', `${pool}?updateMask=displayName,description&alt=json`, {
      description: 'is there',
      disabled: true,
    });
    expect(body.response).toMatchObject({ description: 'is there' });
    expect(body.response).not.toHaveProperty('displayName');
    expect(body.response.disabled ?? false).toBe(false);
    expect((await admin.call('PATCH', `${pool}?updateMask=state`, {})).body.error).toMatchObject({
      status: 'INVALID_ARGUMENT',
      details: [{ fieldViolations: [{ field: 'update_mask' }] }],
    });
    const masked = await admin.call('PATCH', `${provider}?updateMask=oidc.allowed_audiences,attributeCondition`, {
      attributeCondition: 'assertion.sub == "a"',
      oidc: { allowedAudiences: ['https://a.example'], issuerUri: 'https://not.named.example' },
    });
    expect(masked.body.response).toMatchObject({
      attributeCondition: 'assertion.sub == "a"',
      oidc: { allowedAudiences: ['https://a.example'], issuerUri: issuer, jwksJson: expect.any(String) },
    });
    const cleared = await admin.call('PATCH', `${provider}?updateMask=attributeCondition`, {});
    expect(cleared.body.response).not.toHaveProperty('attributeCondition');
    expect((await admin.call('PATCH', `${provider}?updateMask=oidc.nonsense`, {})).status).toBe(400);
    expect((await admin.call('PATCH', `${provider}?updateMask=oidc.issuerUri`, {})).status).toBe(400);
  });

  verifies('sts:introspect', 'as RFC 7662 has it', async () => {
    const { exchange } = await trusted(admin, 'introspected');
    const { access_token: token } = (await exchange()).body;
    const ask = async (fields: Record<string, string>) => {
      const response = await fetch(`${admin.cloud.url}/v1/introspect`, {
        method: 'POST',
        body: new URLSearchParams(fields),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const hint = 'urn:ietf:params:oauth:token-type:access_token';
    const subject = expect.stringMatching(/^principal:\/\/iam\.googleapis\.com\/.+\/subject\/repo:acme\/app$/);
    expect(await ask({ token, token_type_hint: hint })).toEqual({
      status: 200,
      body: {
        active: true,
        username: subject,
        sub: subject,
        scope: 'https://www.googleapis.com/auth/cloud-platform',
        iss: 'https://sts.googleapis.com/',
        iat: expect.stringMatching(/^\d+$/),
        exp: expect.stringMatching(/^\d+$/),
      },
    });
    expect((await ask({ token: await admin.tokenOf('developer@example.com') })).body).toEqual({ active: false });
    expect((await ask({ token: 'rubbish' })).body).toEqual({ active: false });
    expect((await ask({})).status).toBe(400);
    expect((await ask({ token, token_type_hint: 'other' })).status).toBe(400);
  });
});
