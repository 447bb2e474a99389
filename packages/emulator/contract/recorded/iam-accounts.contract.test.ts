import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type AdminCloud, emailOf, isReady, knative, namespace, preparedCloud, project, v1 } from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';
import { signIn } from './sign-in.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const accounts = `/v1/projects/${project}/serviceAccounts`;
const anyProject = '/v1/projects/-/serviceAccounts';

async function made(id: string, texts: object = {}) {
  const sent = { accountId: id, serviceAccount: texts };
  return (await admin.call('POST', `${accounts}?alt=json&prettyPrint=false`, sent)).body;
}

describe('service accounts, described anew', () => {
  verifies('account:mask', 'as Terraform and gcloud send it', async () => {
    const before = await made('masked-run', { displayName: 'Before', description: 'is there' });
    const path = `${accounts}/${before.email}?alt=json`;
    const cleared = await admin.call('PATCH', path, {
      serviceAccount: { displayName: 'not named by the mask', etag: before.etag },
      updateMask: 'description',
    });
    expect(cleared.body).toEqual({ ...before, description: undefined, etag: expect.any(String) });
    expect(cleared.body).not.toHaveProperty('description');
    expect(cleared.body.displayName).toBe('Before');
    expect(cleared.body.etag).not.toBe(before.etag);

    const stale = { serviceAccount: { displayName: 'late', etag: before.etag }, updateMask: 'displayName' };
    expect((await admin.call('PATCH', path, stale)).body.error).toMatchObject({ code: 409, status: 'ABORTED' });
    for (const updateMask of ['display_name', 'displayName', 'displayName,description']) {
      const { body } = await admin.call('PATCH', path, { serviceAccount: { displayName: updateMask }, updateMask });
      expect(body).toMatchObject({ displayName: updateMask, uniqueId: before.uniqueId });
    }
    for (const updateMask of ['email', 'displayName,disabled', 'displayName,', 7])
      expect(
        (await admin.call('PATCH', path, { serviceAccount: { displayName: 'x' }, updateMask })).body.error,
      ).toMatchObject({
        code: 400,
        status: 'INVALID_ARGUMENT',
        details: [{ fieldViolations: [{ field: 'update_mask' }] }],
      });
    const { body: unmasked } = await admin.call('PATCH', path, { serviceAccount: { description: 'without a mask' } });
    expect(unmasked).toMatchObject({ displayName: 'displayName,description', description: 'without a mask' });
  });

  verifies('account:put', 'as clients from before PATCH send it', async () => {
    const before = await made('put-run', { displayName: 'Before', description: 'stays' });
    const path = `${accounts}/${before.email}`;
    const { body } = await admin.call('PUT', path, { name: before.name, displayName: 'After', etag: before.etag });
    expect(body).toMatchObject({ displayName: 'After', description: 'stays' });
    expect((await admin.call('PUT', path, { displayName: 'x', etag: before.etag })).status).toBe(409);
    expect((await admin.call('PUT', `${accounts}/${emailOf('nobody-run')}`, {})).status).toBe(404);
  });

  verifies('account:pages', 'until there is no more', async () => {
    for (let count = 0; count < 5; count++) await made(`page-${count}-run`);
    const emails: string[] = [];
    let pages = 0;
    for (let token: string | undefined = ''; token !== undefined; pages++) {
      const { body } = await admin.call('GET', `${accounts}?pageSize=2&pageToken=${token}`);
      expect(body.accounts.length).toBeLessThanOrEqual(2);
      emails.push(...body.accounts.map(({ email }: { email: string }) => email));
      token = body.nextPageToken;
    }
    expect(pages).toBeGreaterThan(2);
    expect(new Set(emails).size).toBe(emails.length);
    for (let count = 0; count < 5; count++) expect(emails).toContain(emailOf(`page-${count}-run`));
    for (const query of ['pageToken=rubbish', 'pageToken=MQ==', 'pageSize=x', 'pageSize=-1'])
      expect((await admin.call('GET', `${accounts}?${query}`)).body.error, query).toMatchObject({
        code: 400,
        status: 'INVALID_ARGUMENT',
      });
  });

  verifies('error:violations', 'of the API that was asked', async () => {
    for (const [method, path, sent, field] of [
      ['POST', accounts, { accountId: 'x' }, 'account_id'],
      ['POST', accounts, { accountId: 'fine-run', serviceAccount: { displayName: 7 } }, 'service_account.displayName'],
      ['PUT', `${accounts}/${emailOf('search-run')}`, { displayName: 'x'.repeat(101) }, 'displayName'],
    ] as const) {
      const { status, body } = await admin.call(method, path, sent);
      expect(status).toBe(400);
      expect(body.error.details).toEqual([
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field, description: expect.any(String) }],
        },
      ]);
    }
  });
});

describe('service accounts, disabled and deleted', () => {
  verifies('account:disable', 'whatever it tries', async () => {
    const { email } = await made('off-run');
    const services = `${namespace}/services`;
    await admin.call('POST', services, knative('search'));
    await admin.call('POST', services, knative('other', { serviceAccountName: email }));
    for (const name of ['search', 'other']) await admin.until(`${services}/${name}`, isReady);
    const binding = { role: 'roles/run.invoker', members: [`serviceAccount:${email}`] };
    await admin.call('POST', `${v1}/services/search:setIamPolicy`, { policy: { bindings: [binding] } });
    const viewer = { role: 'roles/viewer', members: [`serviceAccount:${email}`] };
    await admin.call('POST', `/v1/projects/${project}:setIamPolicy`, {
      policy: { bindings: [viewer, { role: 'roles/owner', members: ['user:developer@example.com'] }] },
    });
    const creator = { role: 'roles/iam.serviceAccountTokenCreator', members: ['user:developer@example.com'] };
    await admin.call('POST', `${accounts}/${email}:setIamPolicy`, { policy: { bindings: [creator] } });
    const key = await admin.cloud.serviceAccountKey('other');
    const { access_token: token = '' } = (await signIn(admin.cloud.url, key)).body;
    const tries = async () => {
      const { metadataHost } = admin.cloud.principals.find(({ name }) => name === 'other') ?? { metadataHost: '' };
      const own = (what: string) =>
        fetch(`http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/${what}`, {
          headers: { 'metadata-flavor': 'Google' },
        });
      const scope = ['https://www.googleapis.com/auth/cloud-platform'];
      const statuses = [
        await admin.gateStatus('other', 'search'),
        (await signIn(admin.cloud.url, key)).status,
        (await admin.call('GET', accounts, undefined, { bearer: token })).status,
        (await admin.call('POST', `${anyProject}/${email}:generateAccessToken`, { scope })).status,
        (await admin.call('POST', `${anyProject}/${email}:generateIdToken`, { audience: 'a' })).status,
        (await own('token')).status,
        (await own('identity?audience=a')).status,
      ];
      return statuses.map((status) => (status < 300 ? 'good' : 'refused'));
    };
    const good = Array.from({ length: 7 }, () => 'good');
    expect(await tries()).toEqual(good);
    expect((await admin.call('POST', `${anyProject}/${email}:disable?alt=json`)).body).toEqual({});
    expect((await admin.call('GET', `${anyProject}/${email}`)).body).toMatchObject({ disabled: true });
    expect(await tries()).toEqual(good.map(() => 'refused'));
    expect((await admin.call('POST', `${anyProject}/${email}:enable?alt=json`)).body).toEqual({});
    expect((await admin.call('GET', `${anyProject}/${email}`)).body).not.toHaveProperty('disabled');
    expect(await tries()).toEqual(good);
    const bearer = await admin.tokenOf('nobody@example.com');
    expect((await admin.call('POST', `${anyProject}/${email}:disable`, {}, { bearer })).status).toBe(403);
  });

  verifies('account:disabled-token', 'until it is enabled', async () => {
    const { email } = await made('robot-run');
    const { body } = await admin.call('POST', `${accounts}/${email}/keys`, {});
    const file = JSON.parse(Buffer.from(body.privateKeyData, 'base64').toString());
    await admin.call('POST', `${accounts}/${email}:disable`, {});
    expect(await signIn(admin.cloud.url, file)).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Robot is disabled.' },
    });
  });

  verifies('account:undelete', 'as gcloud asks for it', async () => {
    const { email, uniqueId } = await made('back-run', { displayName: 'Back' });
    const member = `serviceAccount:${email}`;
    const binding = { role: 'roles/run.viewer', members: [member] };
    const resource = `${accounts}/${emailOf('search-run')}`;
    await admin.call('POST', `${resource}:setIamPolicy`, { policy: { bindings: [binding] } });
    await admin.call('POST', `${accounts}/${email}:setIamPolicy`, {
      policy: { bindings: [{ role: 'roles/iam.serviceAccountUser', members: ['user:a@example.com'] }] },
    });
    await admin.call('DELETE', `${accounts}/${email}`);
    const members = async () => (await admin.call('POST', `${resource}:getIamPolicy`)).body.bindings[0].members;
    expect(await members()).toEqual([`deleted:${member}?uid=${uniqueId}`]);
    expect((await admin.call('GET', `${accounts}/${uniqueId}`)).status).toBe(404);

    await made('back-run');
    const undelete = () => admin.call('POST', `${anyProject}/${uniqueId}:undelete?alt=json`);
    expect((await undelete()).body.error.status).toBe('FAILED_PRECONDITION');
    await admin.call('DELETE', `${accounts}/${email}`);
    const { body } = await undelete();
    expect(body.restoredAccount).toMatchObject({ email, uniqueId, displayName: 'Back' });
    expect(await members()).toEqual([member]);
    const policy = (await admin.call('POST', `${accounts}/${email}:getIamPolicy`)).body;
    expect(policy.bindings).toEqual([{ role: 'roles/iam.serviceAccountUser', members: ['user:a@example.com'] }]);
    expect((await undelete()).status).toBe(404);
    expect((await admin.call('POST', `${anyProject}/1234:undelete`)).status).toBe(404);
  });
});
