import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import {
  type AdminCloud,
  adminCloud,
  emailOf,
  isReady,
  knative,
  namespace,
  preparedCloud,
  project,
  v1,
} from '../admin-cloud.ts';
import { verifies } from '../verifies.ts';

let admin: AdminCloud;
beforeAll(async () => {
  admin = await preparedCloud();
});
afterAll(() => admin[Symbol.asyncDispose]());

const roles = `/v1/projects/${project}/roles`;

describe('roles of Google’s', () => {
  verifies('role:predefined', 'as gcloud iam roles describe and list ask', async () => {
    const { body: invoker } = await admin.call('GET', '/v1/roles/run.invoker?alt=json');
    expect(invoker).toMatchObject({
      name: 'roles/run.invoker',
      title: 'Cloud Run Invoker',
      includedPermissions: ['run.jobs.run', 'run.routes.invoke'],
      stage: 'GA',
    });
    const { body: pools } = await admin.call('GET', '/v1/roles/iam.workloadIdentityPoolViewer');
    expect(pools.includedPermissions).toContain('iam.googleapis.com/workloadIdentityPools.get');
    expect((await admin.call('GET', '/v1/roles/run.invokerr')).body.error).toMatchObject({
      code: 404,
      message: 'The role named roles/run.invokerr was not found.',
    });
    const all: { name: string }[] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const { body } = await admin.call('GET', `/v1/roles?pageSize=20&view=BASIC&pageToken=${token}`);
      all.push(...body.roles);
      token = body.nextPageToken;
    }
    const names = all.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['roles/owner', 'roles/editor', 'roles/viewer', 'roles/browser', 'roles/run.developer']),
    );
    expect(names).toEqual(names.toSorted());
    expect(JSON.stringify(all)).not.toContain('includedPermissions');
    const { body: full } = await admin.call('GET', '/v1/roles?view=FULL');
    expect(full.roles.find(({ name }: { name: string }) => name === 'roles/run.invoker')).toEqual(invoker);
    for (const query of ['pageToken=x', 'pageSize=x', 'view=SOME'])
      expect((await admin.call('GET', `/v1/roles?${query}`)).status, query).toBe(400);
  });

  verifies('role:testable', 'as gcloud iam list-testable-permissions and list-grantable-roles ask', async () => {
    const ask = async (method: string, fullResourceName: unknown, more: object = {}) =>
      (await admin.call('POST', `/v1/${method}?alt=json`, { fullResourceName, ...more })).body;
    const onProject = `//cloudresourcemanager.googleapis.com/projects/${project}`;
    const onService = `//run.googleapis.com/projects/${project}/locations/us-central1/services/search`;
    const onAccount = `//iam.googleapis.com/projects/${project}/serviceAccounts/${emailOf('search-run')}`;
    const names = (list: { name: string }[] = []) => list.map(({ name }) => name);
    // gcloud iam roles create --permissions, whose host is where it finds the API.
    const here = await ask(
      'permissions:queryTestablePermissions',
      `//${new URL(admin.cloud.url).host}/projects/${project}`,
    );
    expect(names(here.permissions).length).toBeGreaterThan(0);
    const first = await ask('permissions:queryTestablePermissions', onProject, { pageSize: 10 });
    expect(first.permissions).toHaveLength(10);
    const { pageToken = first.nextPageToken } = {} as { pageToken?: string };
    const rest = await ask('permissions:queryTestablePermissions', onProject, { pageSize: 500, pageToken });
    const all = names([...first.permissions, ...rest.permissions]);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(['run.routes.invoke', 'iam.serviceAccounts.actAs']));
    expect(all).not.toContain('resourcemanager.projects.list');
    const ofService = names(
      (await ask('permissions:queryTestablePermissions', onService, { pageSize: 500 })).permissions,
    );
    expect(ofService).toContain('run.routes.invoke');
    expect(ofService.every((name) => name.startsWith('run.'))).toBe(true);
    const grantable = names((await ask('roles:queryGrantableRoles', onAccount)).roles);
    expect(grantable).toContain('roles/iam.serviceAccountTokenCreator');
    expect(grantable).not.toContain('roles/run.invoker');
    for (const bad of [undefined, '', project, '//storage.googleapis.com/buckets/b'])
      expect((await ask('permissions:queryTestablePermissions', bad)).error.status).toBe('INVALID_ARGUMENT');
  });
});

describe('roles of the project’s own', () => {
  verifies('role:custom', 'each turn of it, as Terraform and gcloud send it', async () => {
    const email = emailOf('login-run');
    const services = `${namespace}/services`;
    for (const name of ['search', 'login']) await admin.call('POST', services, knative(name));
    for (const name of ['search', 'login']) await admin.until(`${services}/${name}`, isReady);
    const role = {
      title: 'Caller',
      description: 'may call',
      includedPermissions: ['run.routes.invoke', 'storage.objects.get'],
      stage: 'GA',
    };
    const { status, body: made } = await admin.call('POST', `${roles}?alt=json`, { roleId: 'caller', role });
    expect(status, JSON.stringify(made)).toBe(200);
    const name = `projects/${project}/roles/caller`;
    expect(made).toEqual({ name, ...role, etag: expect.any(String) });
    expect((await admin.call('GET', `/v1/${name}`)).body).toEqual(made);

    const bindings = [{ role: name, members: [`serviceAccount:${email}`] }];
    const grant = () => admin.call('POST', `${v1}/services/search:setIamPolicy`, { policy: { bindings } });
    expect((await grant()).status).toBe(200);
    expect(await admin.gateStatus('login', 'search')).toBe(200);

    const patch = (change: object, mask: string) =>
      admin.call('PATCH', `/v1/${name}?updateMask=${mask}&alt=json`, change);
    const less = await patch({ includedPermissions: ['run.services.get'], title: 'not named' }, 'includedPermissions');
    expect(less.body).toMatchObject({ title: 'Caller', includedPermissions: ['run.services.get'] });
    expect(less.body.etag).not.toBe(made.etag);
    expect(await admin.gateStatus('login', 'search')).toBe(403);
    expect((await patch({ title: 'late', etag: made.etag }, 'title')).body.error.status).toBe('ABORTED');
    expect((await patch({ title: 'x' }, 'name')).status).toBe(400);
    const more = await patch({ includedPermissions: ['run.routes.invoke'] }, 'description,included_permissions');
    expect(more.body).not.toHaveProperty('description');
    expect(await admin.gateStatus('login', 'search')).toBe(200);
    await patch({ stage: 'DISABLED' }, 'stage');
    expect(await admin.gateStatus('login', 'search')).toBe(403);
    await patch({ stage: 'BETA' }, 'stage');
    expect(await admin.gateStatus('login', 'search')).toBe(200);

    expect((await admin.call('DELETE', `/v1/${name}?alt=json`)).body).toMatchObject({ name, deleted: true });
    expect(await admin.gateStatus('login', 'search')).toBe(403);
    expect((await grant()).status).toBe(200);
    const listed = async (query: string) => (await admin.call('GET', `${roles}?${query}`)).body.roles ?? [];
    expect(await listed('')).toEqual([]);
    expect(await listed('showDeleted=true&view=FULL')).toMatchObject([{ name, deleted: true }]);
    const elsewhere = await admin.call('POST', `/v1/projects/${project}:setIamPolicy`, { policy: { bindings } });
    expect(elsewhere.body.error).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: `Role ${name} is not supported for this resource.`,
    });
    expect((await admin.call('POST', `/v1/${name}:undelete?alt=json`, {})).body).not.toHaveProperty('deleted');
    expect(await admin.gateStatus('login', 'search')).toBe(200);
    expect((await admin.call('GET', `/v1/roles?parent=projects/${project}`)).body.roles).toMatchObject([{ name }]);
    const bearer = await admin.tokenOf('nobody@example.com');
    expect((await admin.call('GET', roles, undefined, { bearer })).status).toBe(403);
    expect((await admin.call('POST', roles, { roleId: 'theirs' }, { bearer })).status).toBe(403);
  });

  verifies('role:invalid', 'and nothing is made', async () => {
    const make = (roleId: unknown, role: unknown = {}) => admin.call('POST', roles, { roleId, role });
    for (const id of [undefined, '', 'ab', 'with-dash', 'a'.repeat(65), 7, 'a/b'])
      expect((await make(id)).status, `${id}`).toBe(400);
    for (const role of [
      { stage: 'SOON' },
      { title: 'x'.repeat(101) },
      { description: 7 },
      { includedPermissions: 'run.routes.invoke' },
      7,
    ])
      expect((await make('bad_role', role)).body.error, JSON.stringify(role)).toMatchObject({
        status: 'INVALID_ARGUMENT',
      });
    for (const permission of ['run.routes.nonsense', 'resourcemanager.projects.list', 'nosuch.kind.get', '*', ''])
      expect((await make('bad_role', { includedPermissions: [permission] })).body.error).toMatchObject({
        code: 400,
        message: `Permission ${permission} is not valid.`,
      });
    expect((await admin.call('GET', `${roles}/bad_role`)).body.error).toMatchObject({
      code: 404,
      message: `The role named projects/${project}/roles/bad_role was not found.`,
    });
    expect((await make('good_role')).status).toBe(200);
    expect((await make('good_role')).body.error).toMatchObject({ code: 409, status: 'ALREADY_EXISTS' });
    await admin.call('DELETE', `${roles}/good_role`);
    expect((await make('good_role')).body.error).toMatchObject({
      code: 400,
      status: 'FAILED_PRECONDITION',
      message: "You can't create a role_id (good_role) which has been marked for deletion.",
    });
    expect((await admin.call('PATCH', `${roles}/good_role`, { title: 'x' })).status).toBe(400);
    expect((await admin.call('DELETE', `${roles}/good_role`)).status).toBe(400);
    await admin.call('POST', `${roles}/good_role:undelete`, {});
    expect((await admin.call('POST', `${roles}/good_role:undelete`, {})).status).toBe(400);
    expect((await admin.call('GET', '/v1/roles?parent=organizations/1')).status).toBe(403);
  });

  verifies('role:custom', 'and over a restart', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'run-edges-state-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const before = await preparedCloud({ stateDir });
    await before.call('POST', roles, { roleId: 'kept', role: { includedPermissions: ['iam.serviceAccounts.list'] } });
    const member = 'user:reader@example.com';
    const policy = (await before.call('POST', `/v1/projects/${project}:getIamPolicy`)).body;
    const bindings = [...policy.bindings, { role: `projects/${project}/roles/kept`, members: [member] }];
    await before.call('POST', `/v1/projects/${project}:setIamPolicy`, { policy: { bindings } });
    await before[Symbol.asyncDispose]();
    await using after = await adminCloud({ stateDir });
    const bearer = await after.tokenOf('reader@example.com');
    expect((await after.call('GET', `/v1/projects/${project}/serviceAccounts`, undefined, { bearer })).status).toBe(
      200,
    );
    expect((await after.call('GET', `${roles}/kept`)).status).toBe(200);
  });
});
