import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import type { LiveService } from '../deployment/live-service.ts';
import type { Binding } from '../gcloud/binding.ts';
import { findDrift } from './find-drift.ts';
import type { Seen } from './seen.ts';

const declaration = parseDeclaration(
  'services:\n  front: { public: true, calls: [back] }\n  back: { ingress: internal }\n',
  'edges.yaml',
);
const account = (name: string) => `${name}@demo-project.iam.gserviceaccount.com`;
const invoker = (...members: string[]): Binding => ({ role: 'roles/run.invoker', members });
const frontRun = `serviceAccount:${account('front-run')}`;

function service(name: string, change: Partial<LiveService> = {}): LiveService {
  return {
    name,
    region: 'us-central1',
    url: `https://${name}`,
    image: 'i',
    account: account(`${name}-run`),
    env: {},
    secrets: {},
    cloudSql: '',
    ingress: name === 'back' ? 'internal' : 'all',
    audiences: [],
    minInstances: 0,
    maxInstances: 1,
    concurrency: 80,
    invokerCheck: true,
    managedBy: 'run-edges',
    bindingsOwner: '',
    notReady: undefined,
    bindings: [name === 'front' ? invoker('allUsers') : invoker(frontRun)],
    ...change,
  };
}

function drift(change: { front?: Partial<LiveService>; back?: Partial<LiveService>; seen?: Partial<Seen> } = {}) {
  return findDrift(declaration, {
    project: 'demo-project',
    region: 'us-central1',
    services: [service('front', change.front), service('back', change.back)],
    projectBindings: [{ role: 'roles/owner', members: ['user:ada@example.com'] }],
    invokerRoles: new Set([
      'roles/run.invoker',
      'roles/run.admin',
      'roles/editor',
      'roles/owner',
      'projects/p/roles/caller',
    ]),
    accepted: new Set(),
    ...change.seen,
  });
}

test('what is as declared has none', () => {
  expect(drift()).toEqual([]);
});

describe('on a service', () => {
  test.each<[string, Parameters<typeof drift>[0], object, string]>([
    [
      'a service that is not there',
      { seen: { services: [service('front')] } },
      { kind: 'not-deployed', service: 'back', mend: 'run-edges deploy --project demo-project --region us-central1' },
      '',
    ],
    [
      'a service that Terraform has not made yet',
      { seen: { services: [service('front', { managedBy: 'terraform' })] } },
      { kind: 'not-deployed', service: 'back', mend: 'terraform apply' },
      '',
    ],
    [
      'an edge that is not granted',
      { back: { bindings: [] } },
      { kind: 'missing', member: frontRun },
      'add-iam-policy-binding back',
    ],
    [
      'an edge that is granted under a condition',
      { back: { bindings: [{ ...invoker(frontRun), condition: { expression: 'request.path == "/x"' } }] } },
      { kind: 'missing', message: `${account('front-run')} may not invoke back but when request.path == "/x"` },
      '--condition=None',
    ],
    [
      'an edge that nobody declared',
      { back: { bindings: [invoker(frontRun, 'user:eve@example.com')] } },
      { kind: 'extra', member: 'user:eve@example.com' },
      'remove-iam-policy-binding back',
    ],
    [
      'an edge by a larger role',
      { back: { bindings: [invoker(frontRun), { role: 'roles/run.admin', members: ['group:all@example.com'] }] } },
      { kind: 'extra', role: 'roles/run.admin' },
      '--role=roles/run.admin',
    ],
    [
      'a member that was deleted',
      { back: { bindings: [invoker(`deleted:${frontRun}?uid=1`)] } },
      { kind: 'missing' },
      'add-iam-policy-binding back',
    ],
    [
      'allUsers on a private service',
      { back: { bindings: [invoker(frontRun, 'allUsers')] } },
      { kind: 'public-by-mistake', member: 'allUsers' },
      'remove-iam-policy-binding back',
    ],
    [
      'allAuthenticatedUsers on a private service',
      { back: { bindings: [invoker(frontRun), { role: 'roles/run.invoker', members: ['allAuthenticatedUsers'] }] } },
      { kind: 'public-by-mistake', member: 'allAuthenticatedUsers' },
      'remove-iam-policy-binding back',
    ],
    [
      'no check at all on a private service',
      { back: { invokerCheck: false } },
      { kind: 'public-by-mistake', member: '' },
      '--invoker-iam-check',
    ],
    [
      'a public service that is shut',
      { front: { bindings: [] } },
      { kind: 'not-public', member: 'allUsers' },
      '--member=allUsers',
    ],
    [
      'another identity',
      { back: { account: account('front-run') } },
      { kind: 'wrong-identity' },
      `--service-account=${account('back-run')}`,
    ],
    [
      'no identity of its own',
      { back: { account: '' } },
      { kind: 'wrong-identity' },
      `--service-account=${account('back-run')}`,
    ],
    ['another ingress', { back: { ingress: 'all' } }, { kind: 'ingress' }, '--ingress=internal'],
  ])('%s', (_name, change, expected, command) => {
    const found = drift(change);
    expect(found[0]).toMatchObject(expected);
    expect((found[0]?.fix ?? []).join(' ')).toContain(command);
    for (const { fix = [], mend = '' } of found) {
      expect(fix.length === 0).toBe(mend !== '');
      if (fix.length > 0) expect(fix).toContain('--project=demo-project');
    }
  });

  test('a public service without the check needs no allUsers', () => {
    expect(drift({ front: { invokerCheck: false, bindings: [] } })).toEqual([]);
  });

  test('where Terraform owns the policy, it is what mends it', () => {
    const found = drift({ back: { bindingsOwner: 'authoritative', managedBy: 'terraform', bindings: [] } });
    expect(found.map(({ kind }) => kind)).toEqual(['authoritative-owner', 'missing']);
    expect(found.every(({ fix, mend }) => fix === undefined && mend === 'terraform apply')).toBe(true);
    expect(drift({ back: { bindingsOwner: 'authoritative', managedBy: 'terraform' } })).toEqual([]);
  });

  test('undeclared services are nobody’s business', () => {
    const services = [service('front'), service('back'), service('other', { bindings: [invoker('allUsers')] })];
    expect(drift({ seen: { services } })).toEqual([]);
  });
});

describe('in the project', () => {
  const holding = (role: string, ...members: string[]) => drift({ seen: { projectBindings: [{ role, members }] } });

  test.each([
    ['roles/run.invoker', 'user:ada@example.com'],
    ['roles/run.invoker', 'allUsers'],
    ['roles/editor', frontRun],
    ['roles/run.admin', 'allAuthenticatedUsers'],
    ['projects/p/roles/caller', frontRun],
  ])('%s of %s widens every edge, and is taken away', (role, member) => {
    expect(holding(role, member)).toMatchObject([{ kind: 'widened', service: '*', member, role }]);
    expect(holding(role, member)[0]?.fix).toEqual([
      ...['projects', 'remove-iam-policy-binding', 'demo-project', `--member=${member}`, `--role=${role}`, '--all'],
    ]);
  });

  test('an account that is for something else is named and let be', () => {
    const member = 'serviceAccount:123-compute@developer.gserviceaccount.com';
    const [found] = holding('roles/editor', member);
    expect(found).toMatchObject({ kind: 'widened', member });
    expect(found?.fix).toBeUndefined();
    expect(found?.mend).toContain(`--accept ${member}`);
    expect(
      drift({ seen: { projectBindings: [{ role: 'roles/editor', members: [member] }], accepted: new Set([member]) } }),
    ).toEqual([]);
  });

  test.each([
    ['roles/owner', 'user:ada@example.com'],
    ['roles/run.admin', 'group:ops@example.com'],
    ['roles/editor', 'serviceAccount:123456@cloudservices.gserviceaccount.com'],
    ['roles/viewer', frontRun],
  ])('%s of %s is as it must be', (role, member) => {
    expect(holding(role, member)).toEqual([]);
  });
});
