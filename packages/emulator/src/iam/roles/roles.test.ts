import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { isElsewhere, isForProjects, nameInRoles, type Permission, permissionNamed } from './permissions.ts';
import { predefinedRoles } from './predefined-roles.ts';
import { type CustomRole, canBeUndeleted, createRoles, savedRolesShape } from './roles.ts';

const { holds } = createRoles();

/** What each role is good for here, as Google's pages of roles list it. */
const good: Readonly<Record<string, readonly Permission[]>> = {
  'roles/browser': ['resourcemanager.projects.get', 'resourcemanager.projects.getIamPolicy'],
  'roles/editor': [
    'run.routes.invoke',
    'run.services.get',
    'run.services.list',
    'run.services.create',
    'run.services.update',
    'run.services.delete',
    'run.services.getIamPolicy',
    'run.revisions.get',
    'run.revisions.list',
    'run.revisions.delete',
    'run.operations.get',
    'run.operations.list',
    'run.locations.list',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.create',
    'iam.serviceAccounts.update',
    'iam.serviceAccounts.delete',
    'iam.serviceAccounts.actAs',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccountKeys.list',
    'iam.serviceAccountKeys.create',
    'iam.serviceAccountKeys.delete',
    'iam.workloadIdentityPools.get',
    'iam.workloadIdentityPools.list',
    'iam.workloadIdentityPoolProviders.get',
    'iam.workloadIdentityPoolProviders.list',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'serviceusage.services.get',
    'serviceusage.services.list',
    'serviceusage.services.enable',
    'serviceusage.services.disable',
    'run.routes.get',
    'iam.roles.get',
    'iam.serviceAccountKeys.disable',
    'iam.serviceAccounts.disable',
    'iam.serviceAccounts.enable',
  ],
  'roles/iam.serviceAccountAdmin': [
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.create',
    'iam.serviceAccounts.update',
    'iam.serviceAccounts.delete',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccounts.setIamPolicy',
    'resourcemanager.projects.get',
    'iam.serviceAccounts.disable',
    'iam.serviceAccounts.enable',
    'iam.serviceAccounts.undelete',
  ],
  'roles/iam.serviceAccountCreator': [
    'iam.serviceAccounts.create',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'resourcemanager.projects.get',
  ],
  'roles/iam.serviceAccountDeleter': [
    'iam.serviceAccounts.delete',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'resourcemanager.projects.get',
  ],
  'roles/iam.serviceAccountKeyAdmin': [
    'iam.serviceAccountKeys.list',
    'iam.serviceAccountKeys.create',
    'iam.serviceAccountKeys.delete',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'resourcemanager.projects.get',
    'iam.serviceAccountKeys.disable',
  ],
  'roles/iam.serviceAccountOpenIdTokenCreator': ['iam.serviceAccounts.getOpenIdToken'],
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.implicitDelegation',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'resourcemanager.projects.get',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.signJwt',
  ],
  'roles/iam.serviceAccountUser': [
    'iam.serviceAccounts.actAs',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'resourcemanager.projects.get',
  ],
  'roles/iam.serviceAccountViewer': [
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'iam.serviceAccountKeys.list',
    'iam.serviceAccounts.getIamPolicy',
    'resourcemanager.projects.get',
  ],
  'roles/iam.workloadIdentityPoolAdmin': [
    'iam.workloadIdentityPools.get',
    'iam.workloadIdentityPools.list',
    'iam.workloadIdentityPools.create',
    'iam.workloadIdentityPools.update',
    'iam.workloadIdentityPools.delete',
    'iam.workloadIdentityPoolProviders.get',
    'iam.workloadIdentityPoolProviders.list',
    'iam.workloadIdentityPoolProviders.create',
    'iam.workloadIdentityPoolProviders.update',
    'iam.workloadIdentityPoolProviders.delete',
    'resourcemanager.projects.get',
    'iam.workloadIdentityPools.undelete',
  ],
  'roles/iam.workloadIdentityPoolViewer': [
    'iam.workloadIdentityPools.get',
    'iam.workloadIdentityPools.list',
    'iam.workloadIdentityPoolProviders.get',
    'iam.workloadIdentityPoolProviders.list',
    'resourcemanager.projects.get',
  ],
  'roles/iam.workloadIdentityUser': [
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
  ],
  'roles/owner': [
    'run.routes.invoke',
    'run.services.get',
    'run.services.list',
    'run.services.create',
    'run.services.update',
    'run.services.delete',
    'run.services.getIamPolicy',
    'run.services.setIamPolicy',
    'run.revisions.get',
    'run.revisions.list',
    'run.revisions.delete',
    'run.operations.get',
    'run.operations.list',
    'run.locations.list',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.create',
    'iam.serviceAccounts.update',
    'iam.serviceAccounts.delete',
    'iam.serviceAccounts.actAs',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccounts.setIamPolicy',
    'iam.serviceAccountKeys.list',
    'iam.serviceAccountKeys.create',
    'iam.serviceAccountKeys.delete',
    'iam.workloadIdentityPools.get',
    'iam.workloadIdentityPools.list',
    'iam.workloadIdentityPools.create',
    'iam.workloadIdentityPools.update',
    'iam.workloadIdentityPools.delete',
    'iam.workloadIdentityPoolProviders.get',
    'iam.workloadIdentityPoolProviders.list',
    'iam.workloadIdentityPoolProviders.create',
    'iam.workloadIdentityPoolProviders.update',
    'iam.workloadIdentityPoolProviders.delete',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.setIamPolicy',
    'serviceusage.services.get',
    'serviceusage.services.list',
    'serviceusage.services.enable',
    'serviceusage.services.disable',
    'run.routes.get',
    'iam.roles.get',
    'iam.roles.create',
    'iam.serviceAccountKeys.disable',
    'iam.serviceAccounts.disable',
    'iam.serviceAccounts.enable',
    'iam.serviceAccounts.undelete',
    'iam.workloadIdentityPools.undelete',
  ],
  'roles/iam.roleAdmin': [
    'iam.roles.get',
    'iam.roles.create',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
  ],
  'roles/iam.roleViewer': ['iam.roles.get', 'resourcemanager.projects.get', 'resourcemanager.projects.getIamPolicy'],
  'roles/iam.securityReviewer': [
    'run.services.list',
    'run.services.getIamPolicy',
    'run.revisions.list',
    'run.operations.list',
    'run.locations.list',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccountKeys.list',
    'iam.workloadIdentityPools.list',
    'iam.workloadIdentityPoolProviders.list',
    'iam.roles.get',
    'resourcemanager.projects.getIamPolicy',
    'serviceusage.services.list',
  ],
  'roles/resourcemanager.projectIamAdmin': [
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.setIamPolicy',
  ],
  'roles/run.admin': [
    'run.routes.invoke',
    'run.services.get',
    'run.services.list',
    'run.services.create',
    'run.services.update',
    'run.services.delete',
    'run.services.getIamPolicy',
    'run.services.setIamPolicy',
    'run.revisions.get',
    'run.revisions.list',
    'run.revisions.delete',
    'run.operations.get',
    'run.operations.list',
    'run.locations.list',
    'resourcemanager.projects.get',
    'run.routes.get',
  ],
  'roles/run.developer': [
    'run.services.get',
    'run.services.list',
    'run.services.create',
    'run.services.update',
    'run.services.delete',
    'run.services.getIamPolicy',
    'run.revisions.get',
    'run.revisions.list',
    'run.revisions.delete',
    'run.operations.get',
    'run.operations.list',
    'run.locations.list',
    'resourcemanager.projects.get',
    'run.routes.get',
    'run.routes.invoke',
  ],
  'roles/run.invoker': ['run.routes.invoke'],
  'roles/run.servicesInvoker': ['run.routes.invoke'],
  'roles/run.viewer': [
    'run.services.get',
    'run.services.list',
    'run.services.getIamPolicy',
    'run.revisions.get',
    'run.revisions.list',
    'run.operations.get',
    'run.operations.list',
    'run.locations.list',
    'resourcemanager.projects.get',
    'run.routes.get',
  ],
  'roles/serviceusage.serviceUsageAdmin': [
    'serviceusage.services.get',
    'serviceusage.services.list',
    'serviceusage.services.enable',
    'serviceusage.services.disable',
  ],
  'roles/serviceusage.serviceUsageViewer': ['serviceusage.services.get', 'serviceusage.services.list'],
  'roles/viewer': [
    'run.services.get',
    'run.services.list',
    'run.services.getIamPolicy',
    'run.revisions.get',
    'run.revisions.list',
    'run.operations.get',
    'run.operations.list',
    'run.locations.list',
    'iam.serviceAccounts.get',
    'iam.serviceAccounts.list',
    'iam.serviceAccounts.getIamPolicy',
    'iam.serviceAccountKeys.list',
    'iam.workloadIdentityPools.get',
    'iam.workloadIdentityPools.list',
    'iam.workloadIdentityPoolProviders.get',
    'iam.workloadIdentityPoolProviders.list',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'serviceusage.services.get',
    'serviceusage.services.list',
    'run.routes.get',
    'iam.roles.get',
  ],
};
const permissions = [...new Set(Object.values(good).flat())];

describe.each(Object.keys(good))('%s', (role) => {
  test('is good for what Google says, and for nothing else', () => {
    expect(permissions.filter((permission) => holds(role, permission))).toEqual(
      permissions.filter((permission) => good[role]?.includes(permission)),
    );
  });
});

test.each(['', 'roles/', 'owner', 'roles/Owner', 'roles/run', 'roles/browser2', 'toString', '__proto__'])(
  '%j is good for nothing',
  (role) => {
    expect(permissions.filter((permission) => holds(role, permission))).toEqual([]);
  },
);

test('a permission is one that roles are known by, and no name that objects inherit', () => {
  for (const permission of permissions) expect(permissionNamed(permission)).toBe(permission);
  for (const name of ['', 'run.routes', 'run.routes.invoke2', 'toString', '__proto__', 'constructor'])
    expect(permissionNamed(name)).toBeUndefined();
});

test('what is allowed with pools has two names', () => {
  expect(nameInRoles('iam.workloadIdentityPools.get')).toBe('iam.googleapis.com/workloadIdentityPools.get');
  expect(permissionNamed('iam.googleapis.com/workloadIdentityPools.get')).toBe('iam.workloadIdentityPools.get');
  expect(nameInRoles('iam.roles.get')).toBe('iam.roles.get');
});

test('what is granted above projects is for none', () => {
  expect(isForProjects('resourcemanager.projects.list')).toBe(false);
  expect(isForProjects('resourcemanager.projects.get')).toBe(true);
});

test.each(['storage.objects.get', 'cloudsql.instances.connect', 'firestore.googleapis.com/databases.get'])(
  '%s is of an API that is not played here',
  (name) => expect(isElsewhere(name)).toBe(true),
);
test.each([
  'run.services.get',
  'run.no.such',
  'nosuch.objects.get',
  'storage',
  'storage.get',
  'toString.a.b',
  'constructor.a.b',
])('%s is not', (name) => expect(isElsewhere(name)).toBe(false));

describe('a role that bindings may name', () => {
  const custom: CustomRole = {
    id: 'caller',
    title: 'Caller',
    description: '',
    stage: 'GA',
    includedPermissions: ['run.routes.invoke', 'storage.objects.get', 'iam.googleapis.com/workloadIdentityPools.get'],
    etag: 'AA==',
  };
  const clock = { now: 1000 };
  const roles = createRoles({ projectId: 'p', now: () => clock.now, saved: [custom] });

  test.each([
    ...predefinedRoles.keys(),
    'roles/storage.objectViewer',
    'roles/cloudbuild.builds.editor',
    'projects/p/roles/caller',
  ])('is %s', (role) => expect(roles.isGrantable(role)).toBe(true));
  test.each([
    'roles/run.invokerr',
    'roles/iam.nobody',
    'roles/nosuch.role',
    'roles/toString',
    'roles/constructor.x',
    'roles/Owner',
    'projects/p/roles/other',
    'projects/q/roles/caller',
    'organizations/1/roles/caller',
    'projects/undefined/roles/caller',
    'projects/q/roles/storage.objectViewer',
    'xroles/storage.objectViewer',
    'roles/storage.objectViewer ',
    'roles/storage.objectViewer\n',
    'roles/storage.object-viewer',
  ])('is not %s', (role) => expect(roles.isGrantable(role)).toBe(false));

  test('is good for what it holds, until it is disabled or deleted', () => {
    const held = () => roles.holds('projects/p/roles/caller', 'run.routes.invoke');
    expect(held()).toBe(true);
    expect(roles.holds('projects/p/roles/caller', 'iam.workloadIdentityPools.get')).toBe(true);
    expect(roles.holds('projects/p/roles/caller', 'run.services.get')).toBe(false);
    const before = roles.changes();
    roles.put({ ...custom, stage: 'DISABLED' });
    expect(roles.changes()).toBeGreaterThan(before);
    expect(held()).toBe(false);
    roles.put({ ...custom, includedPermissions: ['run.services.get'] });
    expect(held()).toBe(false);
    const undo = roles.remember();
    roles.put(custom);
    expect(held()).toBe(true);
    undo();
    expect(held()).toBe(false);
    roles.put({ ...custom, deleted: 1000 });
    expect(held()).toBe(false);
    expect(roles.isGrantable('projects/p/roles/caller')).toBe(false);
    expect(roles.find('caller')).toBeDefined();
    clock.now += 44 * 86_400;
    expect(roles.find('caller')).toBeUndefined();
    expect(roles.save()).toEqual([]);
  });
});

describe('roles of the project’s own', () => {
  const DAY_S = 86_400;
  const role = (id: string, change: Partial<CustomRole> = {}): CustomRole => ({
    ...{ id, title: id, description: '', stage: 'GA', includedPermissions: ['run.routes.invoke'], etag: 'AA==' },
    ...change,
  });
  const ids = (roles: readonly CustomRole[]) => roles.map(({ id }) => id);

  test('are there in the order of their ids, whenever they were made', () => {
    const roles = createRoles({ projectId: 'p', saved: [role('mid'), role('zeta'), role('alpha')] });
    roles.put(role('beta'));
    expect(ids(roles.custom())).toEqual(['alpha', 'beta', 'mid', 'zeta']);
    expect(roles.find('beta')).toEqual(role('beta'));
    expect(roles.find('nobody')).toBeUndefined();
  });

  test('are none where none is saved', () => {
    expect(createRoles({ projectId: 'p' }).custom()).toEqual([]);
    expect(createRoles().custom()).toEqual([]);
  });

  test('of no project are good for nothing', () => {
    const roles = createRoles({ saved: [role('caller')] });
    expect(roles.holds('projects/undefined/roles/caller', 'run.routes.invoke')).toBe(false);
    expect(roles.isGrantable('projects/undefined/roles/caller')).toBe(false);
  });

  test('that were deleted are there for 44 days less a second, long after the epoch', () => {
    const clock = { now: 100 * DAY_S };
    const gone = role('gone', { deleted: 100 * DAY_S });
    const roles = createRoles({ projectId: 'p', now: () => clock.now, saved: [role('here'), gone] });
    clock.now = 144 * DAY_S - 1;
    expect(ids(roles.custom())).toEqual(['gone', 'here']);
    expect(roles.save()).toEqual([role('here'), gone]);
    expect(roles.find('gone')).toEqual(gone);
    clock.now++;
    expect(ids(roles.custom())).toEqual(['here']);
    expect(roles.save()).toEqual([role('here')]);
    expect(roles.find('gone')).toBeUndefined();
    expect(roles.find('here')).toBeDefined();
  });

  test('that were deleted come back for seven days less a second', () => {
    const gone = role('gone', { deleted: 1000 });
    expect(canBeUndeleted(gone, 1000)).toBe(true);
    expect(canBeUndeleted(gone, 1000 + 7 * DAY_S - 1)).toBe(true);
    expect(canBeUndeleted(gone, 1000 + 7 * DAY_S)).toBe(false);
    expect(canBeUndeleted(gone, 1000 + 44 * DAY_S)).toBe(false);
  });

  test('have no clock where none is given: what was deleted stays', () => {
    expect(createRoles({ projectId: 'p', saved: [role('gone', { deleted: 5 })] }).find('gone')).toBeDefined();
  });

  test('tell of each change, and that they were brought back is one', () => {
    let told = 0;
    const roles = createRoles({ projectId: 'p', onChange: () => told++ });
    const undo = roles.remember();
    roles.put(role('one'));
    roles.put(role('two'));
    expect(told).toBe(2);
    const before = roles.changes();
    undo();
    expect(roles.changes()).toBeGreaterThan(before);
    expect(roles.custom()).toEqual([]);
  });

  test('are taken from a state file whole, or not at all', () => {
    const fits = new Ajv().compile(savedRolesShape);
    expect(fits([role('one'), role('two', { deleted: 1000 })])).toBe(true);
    for (const key of Object.keys(role('one')) as (keyof CustomRole)[]) {
      const { [key]: _, ...less } = role('one');
      expect(fits([less]), key).toBe(false);
      expect(fits([{ ...role('one'), [key]: 7 }]), key).toBe(false);
    }
    for (const deleted of ['1000', null, true, []]) expect(fits([{ ...role('one'), deleted }])).toBe(false);
    for (const rubbish of [{}, 'text', [null], [['one']]]) expect(fits(rubbish)).toBe(false);
  });
});
