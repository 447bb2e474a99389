import { describe, expect, test } from 'vitest';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import { localProject } from '../../identity/project.ts';
import { createRoles } from '../roles/roles.ts';
import { grantsOf, holdsNow } from './grants.ts';
import { createIam } from './iam.ts';
import type { Binding } from './policy.ts';
import { createPolicyStore, type Resource } from './policy-store.ts';

const ada: ProvenPrincipal = { member: 'user:ada@example.com', sets: [] };
const login: ProvenPrincipal = { member: 'serviceAccount:login-run@p.iam.gserviceaccount.com', sets: [] };
const pool = 'iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh';
const federated: ProvenPrincipal = {
  member: `principal://${pool}/subject/x`,
  sets: [`principalSet://${pool}/attribute.repository/a`],
};
const invoke = 'run.routes.invoke';
const search = 'services/search';
const invoker = (members: string[], expression?: string): Binding => ({
  role: 'roles/run.invoker',
  members,
  ...(expression !== undefined && { condition: { title: 'only there', expression } }),
});

function iamOf(policies: Partial<Record<Resource, readonly Binding[]>>, groups = {}) {
  const now = () => Date.UTC(2026, 0, 1) / 1000;
  const initial = Object.entries(policies) as [Resource, Binding[]][];
  return createIam({
    policies: createPolicyStore({ initial, elapsed: () => 0, delay: () => 0 }),
    groups: () => groups,
    project: localProject,
    now,
  });
}

function grants(members: string[], principal: ProvenPrincipal | undefined, groups = {}, resource: Resource = search) {
  return iamOf({ [resource]: [invoker(members)] }, groups).grantedTo({
    permission: invoke,
    resource,
    principal,
    path: '/',
  })?.member;
}

describe('a member of a policy', () => {
  test.each([
    ['allUsers', undefined],
    ['allUsers', ada],
    ['allUsers', login],
    ['allUsers', federated],
    ['allAuthenticatedUsers', ada],
    ['allAuthenticatedUsers', login],
    ['user:ada@example.com', ada],
    ['domain:example.com', ada],
    [login.member, login],
    [federated.member, federated],
    [federated.sets[0] ?? '', federated],
  ])('%s stands for %j', (member, principal) => {
    expect(grants([member], principal)).toBe(member);
    expect(grants(['user:eve@example.org', member], principal)).toBe(member);
  });

  test.each([
    ['allAuthenticatedUsers', undefined],
    ['user:ada@example.com', undefined],
    ['allAuthenticatedUsers', federated],
    ['domain:p.iam.gserviceaccount.com', login],
    ['domain:example.org', ada],
    ['domain:com', ada],
    ['domain:undefined', login],
    ['domain:', ada],
    ['user:login-run@p.iam.gserviceaccount.com', login],
    ['serviceAccount:ada@example.com', ada],
    ['group:ada@example.com', ada],
    ['', undefined],
    ['', federated],
    ['', login],
  ])('%s does not stand for %j', (member, principal) => {
    expect(grants([member], principal)).toBeUndefined();
  });

  test('a domain is that of a user alone, whatever else ends like one', () => {
    for (const member of ['deleted:user:ada@example.com', 'x user:ada@example.com', 'user:ada@b@example.com'])
      expect(grants(['domain:example.com'], { member, sets: [] })).toBeUndefined();
    expect(grants(['domain:c'], { member: 'user:a@c', sets: [] })).toBe('domain:c');
    expect(grants(['domain:example.com'], { member: 'user:ada@example.com\n', sets: [] })).toBeUndefined();
  });

  test('a group stands for those who are in it, and its own name comes after theirs', () => {
    const groups = { 'team@example.com': [ada.member] };
    expect(grants(['group:team@example.com'], ada, groups)).toBe('group:team@example.com');
    expect(grants(['group:team@example.com'], login, groups)).toBeUndefined();
    expect(grants(['allUsers', 'group:team@example.com', ada.member], ada, groups)).toBe(ada.member);
  });
});

describe('who has a permission', () => {
  const resource = 'services/x';
  const policies = [
    {
      resource,
      bindings: [{ role: 'roles/run.viewer', members: ['user:eve@example.com'] }, invoker([ada.member], 'false')],
    },
    {
      resource: 'project',
      bindings: [invoker(['user:eve@example.org']), invoker([ada.member], 'request.path == "/a"')],
    },
  ] as const;
  const at = (path: string) => ({
    request: { path, time: new Date(0) },
    resource: { name: 'x', type: 'run.googleapis.com/Service', service: 'run.googleapis.com' } as const,
  });
  const granting = (given: typeof policies | [], members: string[], path: string) =>
    grantsOf(given, invoke, members, createRoles()).find((grant) => holdsNow(grant, at(path)));

  test('is asked of every policy, role and condition, and told by what', () => {
    expect(granting(policies, [ada.member], '/a')).toEqual({
      member: ada.member,
      role: 'roles/run.invoker',
      resource: 'project',
      condition: { title: 'only there', expression: 'request.path == "/a"' },
    });
    expect(granting(policies, [ada.member], '/b')).toBeUndefined();
    expect(granting(policies, ['user:eve@example.com'], '/a')).toBeUndefined();
    expect(granting(policies, ['user:eve@example.org'], '/b')).toEqual({
      member: 'user:eve@example.org',
      role: 'roles/run.invoker',
      resource: 'project',
    });
    expect(granting([], [ada.member], '/a')).toBeUndefined();
    expect(granting(policies, [], '/a')).toBeUndefined();
  });

  test('is told by every grant, those apart that do not hold', () => {
    const iam = iamOf({
      project: [{ role: 'roles/editor', members: [login.member] }],
      [search]: [invoker([login.member], 'false'), invoker(['allAuthenticatedUsers'])],
    });
    const { holding, failing } = iam.grantsTo({ permission: invoke, resource: search, principal: login, path: '/' });
    expect(holding).toEqual([
      { member: login.member, role: 'roles/editor', resource: 'project' },
      { member: 'allAuthenticatedUsers', role: 'roles/run.invoker', resource: search },
    ]);
    expect(failing).toMatchObject([{ member: login.member, resource: search, condition: { expression: 'false' } }]);
    const ofProject = { permission: 'resourcemanager.projects.get', resource: 'project', principal: login } as const;
    expect(iam.grantsTo({ ...ofProject, path: '' }).holding).toMatchObject([{ resource: 'project' }]);
  });

  test('the project’s policy counts for what is in it, and a service’s for itself alone', () => {
    const iam = iamOf({ project: [{ role: 'roles/owner', members: [ada.member] }], [search]: [invoker(['allUsers'])] });
    const ask = (resource: Resource, principal: ProvenPrincipal | undefined) =>
      iam.grantedTo({ permission: invoke, resource, principal, path: '/' })?.member;
    expect(ask('services/login', ada)).toBe(ada.member);
    expect(ask('services/login', login)).toBeUndefined();
    expect(ask(search, login)).toBe('allUsers');
    expect(ask('project', login)).toBeUndefined();
  });

  test('is told with its conditions, each once, and nobody who has another role', () => {
    const iam = iamOf({
      project: [{ role: 'roles/editor', members: [ada.member] }],
      [search]: [
        invoker([ada.member, login.member]),
        invoker([login.member], 'true'),
        { role: 'roles/run.viewer', members: ['user:eve@example.com'] },
      ],
    });
    expect(iam.membersWith(invoke, search)).toEqual([
      ada.member,
      login.member,
      `${login.member} (on the condition "only there")`,
    ]);
    expect(iam.membersWith(invoke, 'services/login')).toEqual([ada.member]);
  });

  test('the roles of somebody are told whatever they are good for, those of others not', () => {
    const iam = iamOf(
      {
        [search]: [
          { role: 'roles/run.viewer', members: ['user:eve@example.com', ada.member] },
          { role: 'roles/run.developer', members: ['user:eve@example.com'] },
          invoker(['group:team@example.com'], 'true'),
        ],
      },
      { 'team@example.com': [ada.member] },
    );
    expect(iam.rolesOf(search, ada)).toEqual(['roles/run.viewer', 'roles/run.invoker (on the condition "only there")']);
    expect(iam.rolesOf(search, login)).toEqual([]);
  });
});

describe('a condition looks at', () => {
  const project = `projects/${localProject.id}`;

  test.each<[Resource, string, string, string]>([
    [
      search,
      `${project}/locations/${localProject.region}/services/search`,
      'run.googleapis.com/Service',
      'run.googleapis.com',
    ],
    [
      'serviceAccounts/a@p.iam.gserviceaccount.com',
      `${project}/serviceAccounts/a@p.iam.gserviceaccount.com`,
      'iam.googleapis.com/ServiceAccount',
      'iam.googleapis.com',
    ],
    ['project', project, 'cloudresourcemanager.googleapis.com/Project', 'cloudresourcemanager.googleapis.com'],
  ])('%s as %s', (resource, name, type, service) => {
    const holds = (expression: string) =>
      iamOf({ [resource]: [invoker([ada.member], expression)] }).grantedTo({
        permission: invoke,
        resource,
        principal: ada,
        path: '/a',
      })?.member;
    for (const [attribute, value] of Object.entries({ name, type, service })) {
      expect(holds(`resource.${attribute} == "${value}"`)).toBe(ada.member);
      expect(holds(`resource.${attribute} != "${value}"`)).toBeUndefined();
    }
    expect(holds('request.path == "/a" && request.time == timestamp("2026-01-01T00:00:00Z")')).toBe(ada.member);
  });
});

describe('what a condition sees of a resource', () => {
  const { id, region } = localProject;
  const run = ['run.googleapis.com', 'Service'] as const;
  test.each<[Resource, string, service: string, type: string]>([
    ['project', '', 'cloudresourcemanager.googleapis.com', 'Project'],
    ['services/search', `/locations/${region}/services/search`, ...run],
    ['services/europe-north1/search', '/locations/europe-north1/services/search', ...run],
    ['jobs/nightly', `/locations/${region}/jobs/nightly`, 'run.googleapis.com', 'Job'],
    ['workerPools/mailer', `/locations/${region}/workerPools/mailer`, 'run.googleapis.com', 'WorkerPool'],
    ['topics/profiles', '/topics/profiles', 'pubsub.googleapis.com', 'Topic'],
    ['subscriptions/feed', '/subscriptions/feed', 'pubsub.googleapis.com', 'Subscription'],
    ['queues/welcome', `/locations/${region}/queues/welcome`, 'cloudtasks.googleapis.com', 'Queue'],
    ['queues/europe-north1/welcome', '/locations/europe-north1/queues/welcome', 'cloudtasks.googleapis.com', 'Queue'],
    ['triggers/audit', `/locations/${region}/triggers/audit`, 'eventarc.googleapis.com', 'Trigger'],
    ['serviceAccounts/a@p', '/serviceAccounts/a@p', 'iam.googleapis.com', 'ServiceAccount'],
  ])('is of %s its name, its service and its type', (resource, name, service, type) => {
    const granted = (expression: string) =>
      iamOf({ [resource]: [invoker([login.member], expression)] }).grantedTo({
        ...{ permission: invoke, resource, principal: login, path: '/' },
      });
    const seen = [
      `resource.name == "projects/${id}${name}"`,
      `resource.service == "${service}"`,
      `resource.type == "${service}/${type}"`,
    ];
    for (const one of seen) expect(granted(one), one).toBeDefined();
    for (const one of seen) expect(granted(one.replace('==', '!=')), one).toBeUndefined();
  });
});
