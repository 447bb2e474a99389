import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AdminCloud, emailOf, isReady, knative, namespace, preparedCloud, project, v1 } from './admin-cloud.ts';
import { verifies } from './verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const accounts = `/v1/projects/${project}/serviceAccounts`;
const pools = `/v1/projects/${project}/locations/global/workloadIdentityPools`;

describe('service accounts', () => {
  verifies('account:create', 'and nothing is made', async () => {
    const { status, body } = await admin.call('POST', accounts, {
      accountId: 'fresh-run',
      serviceAccount: { displayName: 'Fresh', description: 'is new' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: `projects/${project}/serviceAccounts/${emailOf('fresh-run')}`,
      email: emailOf('fresh-run'),
      projectId: project,
      uniqueId: expect.stringMatching(/^\d{21}$/),
      displayName: 'Fresh',
      description: 'is new',
    });
    expect((await admin.call('POST', `${accounts}/${emailOf('fresh-run')}:getIamPolicy`)).body).toEqual({
      etag: 'ACAB',
    });
    expect((await admin.call('POST', accounts, { accountId: 'fresh-run' })).body.error).toMatchObject({
      status: 'ALREADY_EXISTS',
      message: `Service account fresh-run already exists within project projects/${project}.`,
    });
    for (const sent of [
      {},
      { accountId: 'short' },
      { accountId: 'a'.repeat(31) },
      { accountId: 'Upper-case' },
      { accountId: '1-digit-first' },
      { accountId: 'ends-with-' },
      { accountId: 7 },
      { accountId: 'good-name', serviceAccount: { displayName: 'x'.repeat(101) } },
      { accountId: 'good-name', serviceAccount: { description: 7 } },
    ])
      expect((await admin.call('POST', accounts, sent)).body.error?.status, JSON.stringify(sent)).toBe(
        'INVALID_ARGUMENT',
      );
  });

  verifies('account:read', 'and are described anew', async () => {
    const { body: account } = await admin.call('GET', `${accounts}/${emailOf('search-run')}`);
    for (const path of [
      `/v1/projects/-/serviceAccounts/${emailOf('search-run')}`,
      `/v1/projects/100000000001/serviceAccounts/${emailOf('search-run')}`,
      `/v1/projects/-/serviceAccounts/${account.uniqueId}`,
    ])
      expect((await admin.call('GET', path)).body).toEqual(account);
    expect((await admin.call('GET', `${accounts}/${emailOf('nobody')}`)).status).toBe(404);
    expect((await admin.call('GET', `/v1/projects/another/serviceAccounts/${emailOf('search-run')}`)).status).toBe(403);
    const change = { serviceAccount: { displayName: 'Search' }, updateMask: 'displayName' };
    expect((await admin.call('PATCH', `${accounts}/${emailOf('search-run')}`, change)).body.displayName).toBe('Search');
    const { body } = await admin.call('GET', `${accounts}?pageSize=100`);
    expect(body.accounts.map(({ email }: { email: string }) => email)).toEqual(
      expect.arrayContaining([emailOf('search-run'), '100000000001-compute@developer.gserviceaccount.com']),
    );
  });

  verifies('account:keys', 'whose private half is told once', async () => {
    const keys = `${accounts}/${emailOf('search-run')}/keys`;
    const { body: made } = await admin.call('POST', keys, { privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE' });
    const file = JSON.parse(Buffer.from(made.privateKeyData, 'base64').toString());
    expect(file).toMatchObject({
      type: 'service_account',
      client_email: emailOf('search-run'),
      token_uri: `${admin.cloud.url}/token`,
    });
    expect(made.name).toBe(`projects/${project}/serviceAccounts/${emailOf('search-run')}/keys/${file.private_key_id}`);
    const { body: listed } = await admin.call('GET', `${keys}?keyTypes=USER_MANAGED`);
    expect(listed.keys).toHaveLength(1);
    expect(JSON.stringify(listed)).not.toContain('private_key');

    const signIn = async () => {
      const { createPrivateKey } = await import('node:crypto');
      const now = Math.floor(Date.now() / 1000);
      const assertion = await new SignJWT({ scope: 'https://www.googleapis.com/auth/cloud-platform' })
        .setProtectedHeader({ alg: 'RS256', kid: file.private_key_id })
        .setIssuer(file.client_email)
        .setAudience(file.token_uri)
        .setIssuedAt(now)
        .setExpirationTime(now + 600)
        .sign(createPrivateKey(file.private_key));
      const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
      return fetch(file.token_uri, { method: 'POST', body: new URLSearchParams(grant) });
    };
    expect((await signIn()).status).toBe(200);
    expect((await admin.call('DELETE', `${keys}/${file.private_key_id}`)).status).toBe(200);
    expect((await signIn()).status).toBe(400);
    expect((await admin.call('DELETE', `${keys}/${file.private_key_id}`)).status).toBe(404);
    expect((await admin.call('POST', keys, { privateKeyType: 'TYPE_PKCS12_FILE' })).status).toBe(400);
    expect((await admin.call('POST', `${accounts}/${emailOf('nobody')}/keys`, {})).status).toBe(404);
    for (let made = 0; made < 10; made++) expect((await admin.call('POST', keys, {})).status).toBe(200);
    expect((await admin.call('POST', keys, {})).body.error.status).toBe('FAILED_PRECONDITION');
  });

  verifies('account:delete', 'and its former roles stay with the one that is gone', async () => {
    const email = emailOf('login-run');
    const services = `${namespace}/services`;
    await admin.call('POST', services, knative('search'));
    await admin.call('POST', services, knative('login'));
    for (const name of ['search', 'login']) await admin.until(`${services}/${name}`, isReady);
    const binding = { role: 'roles/run.invoker', members: [`serviceAccount:${email}`] };
    await admin.call('POST', `${v1}/services/search:setIamPolicy`, { policy: { bindings: [binding] } });
    expect(await admin.gateStatus('login', 'search')).toBe(200);
    const { uniqueId } = (await admin.call('GET', `${accounts}/${email}`)).body;

    expect((await admin.call('DELETE', `${accounts}/${email}`)).body).toEqual({});
    expect((await admin.call('GET', `${accounts}/${email}`)).status).toBe(404);
    expect((await admin.call('DELETE', `${accounts}/${email}`)).status).toBe(404);
    expect(await admin.gateStatus('login', 'search')).toBe(401);
    const policy = (await admin.call('GET', `${v1}/services/search:getIamPolicy`)).body;
    expect(policy.bindings[0].members).toEqual([`deleted:serviceAccount:${email}?uid=${uniqueId}`]);

    const { body: anew } = await admin.call('POST', accounts, { accountId: 'login-run' });
    expect(anew.uniqueId).not.toBe(uniqueId);
    await admin.call('PUT', `${services}/login`, knative('login', { env: [{ name: 'AGAIN', value: '1' }] }));
    await admin.until(`${services}/login`, isReady);
    expect(await admin.gateStatus('login', 'search')).toBe(403);
    const grown = { ...policy, bindings: [...policy.bindings, binding] };
    expect((await admin.call('POST', `${v1}/services/search:setIamPolicy`, { policy: grown })).status).toBe(200);
    expect(await admin.gateStatus('login', 'search')).toBe(200);
  });
});

describe('workload identity pools', () => {
  verifies('pool:provider', 'each turn of it', async () => {
    const pair = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'ci', alg: 'ES256' }] };
    const issuer = 'https://token.actions.example';
    const made = await admin.call('POST', `${pools}?workloadIdentityPoolId=ci-pool`, { displayName: 'CI' });
    expect(made.body).toMatchObject({ done: true, response: { state: 'ACTIVE', displayName: 'CI' } });
    const provider = await admin.call('POST', `${pools}/ci-pool/providers?workloadIdentityPoolProviderId=actions`, {
      oidc: { issuerUri: issuer, jwksJson: JSON.stringify(jwks) },
      attributeMapping: {
        'google.subject': 'assertion.sub',
        'google.groups': 'assertion.teams',
        'attribute.repository': 'assertion.repository',
      },
      attributeCondition: 'attribute.repository == "acme/app" && "ops" in google.groups',
    });
    expect(provider.status, JSON.stringify(provider.body)).toBe(200);
    const resource = `//iam.googleapis.com/${provider.body.response.name}`;
    const exchange = async (claims: object = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const token = await new SignJWT({ repository: 'acme/app', teams: ['ops'], ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'ci' })
        .setIssuer(issuer)
        .setSubject('repo:acme/app')
        .setAudience(`https:${resource}`)
        .setIssuedAt(now)
        .setExpirationTime(now + 600)
        .sign(pair.privateKey);
      const response = await fetch(`${admin.cloud.url}/v1/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          audience: resource,
          scope: 'https://www.googleapis.com/auth/cloud-platform',
          subject_token: token,
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        }),
      });
      return response.status;
    };
    expect(await exchange()).toBe(200);
    expect(await exchange({ repository: 'someone/else' })).not.toBe(200);
    expect(await exchange({ teams: ['dev'] })).not.toBe(200);
    const path = `${pools}/ci-pool/providers/actions`;
    expect((await admin.call('PATCH', path, { disabled: true })).status).toBe(200);
    expect((await admin.call('GET', path)).body).toMatchObject({ disabled: true, oidc: { issuerUri: issuer } });
    expect(await exchange()).toBe(400);
    await admin.call('PATCH', path, { disabled: false });
    expect(await exchange()).toBe(200);
    await admin.call('PATCH', `${pools}/ci-pool`, { disabled: true });
    expect(await exchange()).toBe(400);
    await admin.call('PATCH', `${pools}/ci-pool`, { disabled: false });
    expect((await admin.call('DELETE', path)).status).toBe(200);
    expect(await exchange()).toBe(400);
    expect((await admin.call('GET', path)).body.state).toBe('DELETED');
    expect((await admin.call('DELETE', `${pools}/ci-pool`)).status).toBe(200);
    expect((await admin.call('GET', pools)).body.workloadIdentityPools).toEqual([]);
  });

  verifies('pool:deleted', 'by its id', async () => {
    const path = `${pools}?workloadIdentityPoolId=short-lived`;
    await admin.call('POST', path, {});
    await admin.call('DELETE', `${pools}/short-lived`);
    expect((await admin.call('POST', path, {})).status).toBe(409);
  });

  verifies('pool:invalid', 'and nothing is trusted by it', async () => {
    for (const id of ['', 'abc', 'Upper', 'gcp-own', 'a'.repeat(33)])
      expect((await admin.call('POST', `${pools}?workloadIdentityPoolId=${id}`, {})).status, id).toBe(400);
    expect((await admin.call('POST', `${pools}?workloadIdentityPoolId=pool`, { surprise: 1 })).status).toBe(400);
    await admin.call('POST', `${pools}?workloadIdentityPoolId=pool`, {});
    expect((await admin.call('POST', `${pools}?workloadIdentityPoolId=pool`, {})).status).toBe(409);
    const oidc = { issuerUri: 'https://issuer.example' };
    for (const sent of [
      {},
      { oidc: {} },
      { oidc: { issuerUri: 'no url' } },
      { oidc: { ...oidc, jwksJson: 'x' } },
      { oidc, surprise: 1 },
      { oidc, attributeMapping: { 'google.subject': 'assertion.email' } },
      { oidc, attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.a': 'assertion.a + "x"' } },
      { oidc, attributeMapping: { 'google.subject': 'assertion.sub', other: 'assertion.a' } },
      { oidc, attributeCondition: 'assertion.' },
      { oidc, attributeCondition: '"text"' },
      { oidc, attributeCondition: 'assertion.sub.matches("^(?=a)")' },
      { oidc, attributeCondition: 'assertion.groups.exists(a, assertion.groups.exists(b, a == b))' },
    ]) {
      const path = `${pools}/pool/providers?workloadIdentityPoolProviderId=provider`;
      expect((await admin.call('POST', path, sent)).status, JSON.stringify(sent)).toBe(400);
    }
    for (const kind of ['aws', 'saml', 'x509']) {
      const path = `${pools}/pool/providers?workloadIdentityPoolProviderId=provider`;
      expect((await admin.call('POST', path, { [kind]: { accountId: '1' } })).body.error).toMatchObject({
        status: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`does not emulate ${kind} providers`),
      });
    }
    const elsewhere = `${pools}/nobody/providers?workloadIdentityPoolProviderId=provider`;
    expect((await admin.call('POST', elsewhere, { oidc })).status).toBe(404);
    expect((await admin.call('GET', `${pools}/pool/providers`)).body.workloadIdentityPoolProviders).toEqual([]);
  });
});

describe('the project', () => {
  verifies('usage:enable', 'and unknown names are refused', async () => {
    const apis = `/v1/projects/${project}/services`;
    expect((await admin.call('GET', `${apis}/sqladmin.googleapis.com`)).body).toMatchObject({ state: 'DISABLED' });
    expect((await admin.call('POST', `${apis}/sqladmin.googleapis.com:enable`)).body).toMatchObject({ done: true });
    expect((await admin.call('GET', `${apis}/sqladmin.googleapis.com`)).body).toMatchObject({ state: 'ENABLED' });
    const { body } = await admin.call('GET', `${apis}?filter=state:ENABLED&pageSize=200`);
    expect(body.services.map(({ config }: { config: { name: string } }) => config.name)).toContain(
      'sqladmin.googleapis.com',
    );
    await admin.call('POST', `${apis}/sqladmin.googleapis.com:disable`, {});
    expect((await admin.call('GET', `${apis}/sqladmin.googleapis.com`)).body).toMatchObject({ state: 'DISABLED' });
    expect((await admin.call('POST', `${apis}/run.googleapis.com:disable`, {})).body.error.status).toBe(
      'FAILED_PRECONDITION',
    );
    for (const [path, sent] of [
      [`${apis}:batchEnable`, {}],
      [`${apis}:batchEnable`, { serviceIds: [] }],
      [`${apis}:batchEnable`, { serviceIds: Array.from({ length: 21 }, (_, index) => `a${index}.googleapis.com`) }],
    ] as const)
      expect((await admin.call('POST', path, sent)).status).toBe(400);
    expect((await admin.call('POST', `${apis}/no-such:enable`)).status).toBe(404);
    expect((await admin.call('POST', `${apis}/run.googleapis.com:nonsense`)).status).toBe(404);
    expect((await admin.call('GET', '/v1/operations/anything')).status).toBe(404);
  });

  verifies('project:describe', 'whoever asks', async () => {
    const described = { projectId: project, projectNumber: '100000000001', lifecycleState: 'ACTIVE' };
    for (const name of [project, '100000000001'])
      expect((await admin.call('GET', `/v1/projects/${name}`)).body).toMatchObject(described);
    expect((await admin.call('GET', `/v3/projects/${project}`)).body).toMatchObject({
      name: 'projects/100000000001',
      projectId: project,
      state: 'ACTIVE',
    });
    expect((await admin.call('GET', '/v1/projects?filter=x')).body.projects).toMatchObject([described]);
    const bearer = await admin.tokenOf('stranger@example.com');
    expect((await admin.call('GET', '/v1/projects', undefined, { bearer })).body).toEqual({});
    for (const path of ['/v1/projects/another', '/v3/projects/another', '/v1/projects/another/services'])
      expect((await admin.call('GET', path)).status).toBe(403);
  });

  verifies('project:ancestry', 'by its id and its number', async () => {
    for (const name of [project, '100000000001'])
      expect((await admin.call('POST', `/v1/projects/${name}:getAncestry`, {})).body).toEqual({
        ancestor: [{ resourceId: { type: 'project', id: project } }],
      });
    const bearer = await admin.tokenOf('stranger@example.com');
    const refused = await admin.call('POST', `/v1/projects/${project}:getAncestry`, {}, { bearer });
    expect(refused.status).toBe(403);
    expect((await admin.call('POST', '/v1/projects/another:getAncestry', {})).status).toBe(403);
    expect((await admin.call('POST', `/v3/projects/${project}:getAncestry`, {})).status).toBe(404);
  });

  verifies('project:billing', 'by its id and its number', async () => {
    for (const name of [project, '100000000001'])
      expect((await admin.call('GET', `/v1/projects/${name}/billingInfo`)).body).toEqual({
        name: `projects/${project}/billingInfo`,
        projectId: project,
        billingAccountName: '',
        billingEnabled: false,
      });
    const bearer = await admin.tokenOf('stranger@example.com');
    expect((await admin.call('GET', `/v1/projects/${project}/billingInfo`, undefined, { bearer })).status).toBe(403);
    expect((await admin.call('GET', '/v1/projects/another/billingInfo')).status).toBe(403);
  });
});
