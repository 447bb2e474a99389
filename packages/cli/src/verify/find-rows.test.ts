import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import type { LiveService } from '../deployment/live-service.ts';
import type { Binding } from '../gcloud/binding.ts';
import { findRows } from './find-rows.ts';
import type { Row } from './row.ts';
import type { Seen, SeenAccount } from './seen.ts';

const text = 'services:\n  front: { public: true, calls: [back] }\n  back: { ingress: internal }\n';
const account = (name: string) => `${name}@demo-project.iam.gserviceaccount.com`;
const invoker = (...members: string[]): Binding => ({ role: 'roles/run.invoker', members });
const frontRun = `serviceAccount:${account('front-run')}`;
const ada = 'user:ada@example.com';
const BECOME = 'iam.serviceAccounts.getOpenIdToken';

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
    http2: false,
    invokerCheck: true,
    managedBy: 'run-edges',
    bindingsOwner: '',
    notReady: undefined,
    bindings: [name === 'front' ? invoker('allUsers') : invoker(frontRun)],
    ...change,
  };
}

const roles = new Map(
  Object.entries({
    'roles/run.invoker': ['run.routes.invoke'],
    'roles/run.servicesInvoker': ['run.routes.invoke'],
    'roles/run.admin': ['run.routes.invoke', 'run.services.setIamPolicy', 'run.services.create'],
    'roles/run.developer': ['run.services.update'],
    'roles/editor': ['run.routes.invoke', 'iam.serviceAccounts.actAs', 'run.jobs.create'],
    'roles/owner': ['run.routes.invoke', 'resourcemanager.projects.setIamPolicy', 'iam.serviceAccounts.setIamPolicy'],
    'roles/viewer': [],
    'projects/p/roles/caller': ['run.routes.invoke'],
    'roles/resourcemanager.projectIamAdmin': ['resourcemanager.projects.setIamPolicy'],
    'roles/run.serviceAgent': ['run.routes.invoke', BECOME],
    'roles/iam.serviceAccountTokenCreator': [BECOME],
    'roles/iam.workloadIdentityUser': [BECOME],
    'roles/iam.serviceAccountUser': ['iam.serviceAccounts.actAs'],
    'roles/iam.serviceAccountKeyAdmin': ['iam.serviceAccountKeys.create'],
    'roles/iam.serviceAccountAdmin': ['iam.serviceAccounts.setIamPolicy'],
  }).map(([role, permissions]) => [role, new Set(permissions)] as const),
);

interface Change {
  readonly text?: string;
  readonly front?: Partial<LiveService>;
  readonly back?: Partial<LiveService>;
  readonly frontRun?: Partial<SeenAccount>;
  readonly project?: readonly Binding[];
  readonly seen?: Partial<Seen>;
}

function rows(change: Change = {}): readonly Row[] {
  const emails = ['front-run', 'back-run', 'stranger'].map(account);
  const accounts = emails.map((email): [string, SeenAccount] => [
    email,
    { email, ours: true, bindings: [], keys: [], ...(email === account('front-run') ? change.frontRun : {}) },
  ]);
  return findRows(parseDeclaration(change.text ?? text, 'edges.yaml'), {
    project: 'demo-project',
    region: 'us-central1',
    services: [service('front', change.front), service('back', change.back)],
    jobs: [],
    workerPools: [],
    policies: [
      { path: 'project', on: 'project', bindings: change.project ?? [{ role: 'roles/owner', members: [ada] }] },
    ],
    accounts: new Map(accounts),
    roles,
    senders: undefined,
    unseen: [],
    accepted: parseDeclaration(change.text ?? text, 'edges.yaml').accepted ?? [],
    acceptedMembers: new Set(),
    now: new Date('2026-11-30T12:00:00Z'),
    ...change.seen,
  });
}

const of = (state: Row['state'], change: Change = {}) => rows(change).filter((row) => row.state === state);
const drift = (change: Change = {}) => of('drift', change);

test('what is as declared has no difference, and is listed, with who owns the project', () => {
  expect(rows()).toEqual([
    expect.objectContaining({
      kind: 'widened',
      state: 'accepted',
      service: '*',
      member: ada,
      role: 'roles/owner',
      reason: `${ada} holds roles/owner in the project, and may invoke every service and let anybody in and become every caller; owns the project`,
    }),
    {
      kind: 'edge',
      state: 'declared',
      service: 'front',
      path: 'service',
      on: 'front',
      member: 'allUsers',
      role: 'roles/run.invoker',
      reason: 'front is declared public',
    },
    {
      kind: 'edge',
      state: 'declared',
      service: 'back',
      path: 'service',
      on: 'back',
      member: frontRun,
      role: 'roles/run.invoker',
      reason: `${account('front-run')} calls it as front`,
    },
  ]);
});

describe('on a service', () => {
  test.each<[string, Change, object, string]>([
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
      { kind: 'missing', reason: `${account('front-run')} may not invoke back but when request.path == "/x"` },
      '--condition=None',
    ],
    [
      'an edge that nobody declared',
      { back: { bindings: [invoker(frontRun, 'user:eve@example.com')] } },
      { kind: 'extra', member: 'user:eve@example.com', takes: true, origin: 'unknown' },
      'remove-iam-policy-binding back',
    ],
    [
      'an edge that nobody declared, on a condition',
      {
        back: { bindings: [invoker(frontRun), { ...invoker('user:eve@example.com'), condition: { expression: 'x' } }] },
      },
      { kind: 'extra', condition: 'x', reason: 'user:eve@example.com may invoke back when x, which no edge declares' },
      'remove-iam-policy-binding back',
    ],
    [
      'an edge of an earlier declaration',
      { back: { bindings: [invoker(frontRun, `serviceAccount:${account('stranger')}`)] } },
      { kind: 'extra', origin: 'run-edges, for an edge that is declared no more, or somebody by hand' },
      'remove-iam-policy-binding back',
    ],
    [
      'an edge on a service that others made',
      { back: { managedBy: 'helm', bindings: [invoker(frontRun, ada)] } },
      { kind: 'extra', origin: 'helm, which made the service, or somebody by hand' },
      'remove-iam-policy-binding back',
    ],
    [
      'an edge by a larger role',
      { back: { bindings: [invoker(frontRun), { role: 'roles/run.admin', members: ['group:all@example.com'] }] } },
      { kind: 'extra', role: 'roles/run.admin' },
      '--role=roles/run.admin',
    ],
    [
      'a declared caller by a larger role',
      { back: { bindings: [invoker(frontRun), { role: 'roles/run.admin', members: [frontRun] }] } },
      { kind: 'extra', role: 'roles/run.admin', member: frontRun },
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
      { kind: 'public-by-mistake', member: '', takes: true },
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
    ['another ingress', { back: { ingress: 'all' } }, { kind: 'ingress', takes: true }, '--ingress=internal'],
    ['a narrower ingress', { front: { ingress: 'internal' } }, { kind: 'ingress', takes: false }, '--ingress=all'],
  ])('%s', (_name, change, expected, command) => {
    const found = drift(change);
    expect(found[0]).toMatchObject(expected);
    expect((found[0]?.fix ?? []).join(' ')).toContain(command);
    for (const { fix = [], mend = '' } of found) {
      expect(fix.length === 0).toBe(mend !== '');
      if (fix.length > 0) expect(fix).toContain('--project=demo-project');
    }
  });

  test.each([
    [true, '--use-http2', 'back is asked in HTTP/1.1, declared is HTTP/2'],
    [false, '--no-use-http2', 'back is asked in HTTP/2, declared is HTTP/1.1'],
  ])('http2: %s where the container is asked otherwise, and nothing where it is not', (http2, flag, reason) => {
    const declared = text.replace('ingress: internal', `ingress: internal, http2: ${http2}`);
    const [row, ...others] = drift({ text: declared, back: { http2: !http2 } });
    expect(others).toEqual([]);
    expect(row).toMatchObject({ kind: 'protocol', service: 'back', member: '', reason });
    expect(row?.fix).toEqual([
      'run',
      'services',
      'update',
      'back',
      flag,
      '--region=us-central1',
      '--project=demo-project',
    ]);
    expect(row).not.toHaveProperty('takes');
    expect(drift({ text: declared, back: { http2 } })).toEqual([]);
  });

  test('a service that declares no protocol may be asked in either', () => {
    expect(drift({ back: { http2: true } })).toEqual([]);
  });

  test('a public service without the check needs no allUsers', () => {
    expect(drift({ front: { invokerCheck: false, bindings: [] } })).toEqual([]);
  });

  test('the smaller role that holds the same counts as an edge', () => {
    expect(drift({ back: { bindings: [{ role: 'roles/run.servicesInvoker', members: [frontRun] }] } })).toEqual([]);
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

  test('each region of a service is one by itself', () => {
    const services = ['europe-west1', 'us-east1'].map((region) =>
      service('back', { region, bindings: region === 'us-east1' ? [] : [invoker(frontRun)] }),
    );
    const found = drift({
      text: text.replace('ingress: internal', 'ingress: internal, regions: [europe-west1, us-east1, asia-east1]'),
      seen: { services: [service('front'), ...services] },
    });
    expect(found).toMatchObject([
      { kind: 'missing', region: 'us-east1', reason: `in us-east1: ${account('front-run')} may not invoke back` },
      { kind: 'not-deployed', region: 'asia-east1' },
    ]);
    expect(found[0]?.fix).toContain('--region=us-east1');
  });
});

describe('a job and a worker pool', () => {
  const more = `${text}jobs:\n  nightly: { calls: [back], image: i }\nworkerPools:\n  mailer: { image: i, regions: [us-east1, europe-west1] }\n`;
  const nightly = { name: 'nightly', region: 'us-central1', account: account('nightly-run') };
  const mailers = ['us-east1', 'europe-west1'].map((region) => ({
    name: 'mailer',
    region,
    account: account('mailer-run'),
  }));
  const granted = { bindings: [invoker(frontRun, `serviceAccount:${account('nightly-run')}`)] };

  test('are there, and run as themselves', () => {
    expect(drift({ text: more, back: granted, seen: { jobs: [nightly], workerPools: mailers } })).toEqual([]);
  });

  test('are missed, in each region', () => {
    const found = drift({ text: more, back: granted, seen: { workerPools: mailers.slice(1) } });
    expect(found).toMatchObject([
      { kind: 'not-deployed', path: 'job', service: 'nightly', reason: 'the job nightly is declared and not deployed' },
      {
        kind: 'not-deployed',
        path: 'workerPool',
        region: 'us-east1',
        mend: expect.stringContaining('--region us-east1'),
      },
    ]);
  });

  test('run as nobody else', () => {
    const jobs = [{ ...nightly, account: account('front-run') }];
    const workerPools = mailers.map((pool) => ({ ...pool, account: '' }));
    const found = drift({ text: more, back: granted, seen: { jobs, workerPools } });
    expect(found.map(({ kind }) => kind)).toEqual(['wrong-identity', 'wrong-identity', 'wrong-identity']);
    expect(found[0]?.fix?.slice(0, 4)).toEqual(['run', 'jobs', 'update', 'nightly']);
    expect(found[1]?.reason).toBe(
      `in us-east1: the worker pool mailer runs as the project's default account, not as ${account('mailer-run')}`,
    );
    expect(found[2]?.fix).toEqual(
      expect.arrayContaining([
        'worker-pools',
        'update',
        `--service-account=${account('mailer-run')}`,
        '--region=europe-west1',
      ]),
    );
  });
});

describe('a limited edge', () => {
  const limited = text.replace('calls: [back]', 'calls: [{ to: back, paths: [/search/*], until: 2027-01-31 }]');
  const [declared] = drift({ text: limited, back: { bindings: [] } });
  const condition = { title: 'run-edges: limited paths until 2027-01-31', expression: declared?.condition ?? '' };
  const on = (...bindings: Binding[]) => drift({ text: limited, back: { bindings } });

  test('is granted on its condition', () => {
    expect(declared).toMatchObject({ kind: 'missing', condition: expect.stringContaining('/search/') });
    expect(declared?.fix?.find((flag) => flag.startsWith('--condition='))).toBe(
      `--condition=expression=${condition.expression},title=${condition.title}`,
    );
    expect(on({ ...invoker(frontRun), condition })).toEqual([]);
  });

  test('is the same by another title', () => {
    expect(on({ ...invoker(frontRun), condition: { ...condition, title: 'mine' } })).toEqual([]);
  });

  test('without its condition is more than declared, and only that grant is taken away', () => {
    const found = on({ ...invoker(frontRun), condition }, invoker(frontRun));
    expect(found).toMatchObject([
      {
        kind: 'condition',
        reason: `${account('front-run')} may invoke back always, declared is when ${condition.expression}`,
        takes: true,
      },
    ]);
    expect(found[0]?.fix).toContain('--condition=None');
    expect(found[0]?.fix).not.toContain('--all');
  });

  test('on another condition is another one', () => {
    const other = { title: 't', description: 'd', expression: 'true' };
    const found = on({ ...invoker(frontRun), condition: other });
    expect(found.map(({ kind }) => kind)).toEqual(['missing', 'condition']);
    expect(found[1]?.fix).toContain('--condition=expression=true,title=t,description=d');
  });
});

describe('in the project', () => {
  const holding = (role: string, ...members: string[]) => drift({ project: [{ role, members }] });

  test.each([
    ['roles/run.invoker', ada],
    ['roles/run.invoker', 'allUsers'],
    ['roles/editor', frontRun],
    ['roles/run.admin', 'allAuthenticatedUsers'],
    ['projects/p/roles/caller', frontRun],
  ])('%s of %s widens every edge, and is taken away', (role, member) => {
    expect(holding(role, member)).toMatchObject([{ kind: 'widened', service: '*', member, role, takes: true }]);
    expect(holding(role, member)[0]?.fix).toEqual([
      ...['projects', 'remove-iam-policy-binding', 'demo-project', `--member=${member}`, `--role=${role}`, '--all'],
    ]);
  });

  test.each([
    [
      'roles/editor',
      'serviceAccount:123-compute@developer.gserviceaccount.com',
      'invoke every service and deploy as every caller',
    ],
    ['roles/editor', 'domain:example.com', 'invoke every service and deploy as every caller'],
    ['roles/run.admin', 'group:ops@example.com', 'invoke every service and let anybody in'],
    ['roles/editor', ada, 'invoke every service'],
    ['roles/owner', 'group:owners@example.com', 'invoke every service and let anybody in and become every caller'],
    ['roles/owner', 'serviceAccount:terraform@other.iam.gserviceaccount.com', 'invoke every service'],
  ])('%s of %s is named and let be: what else it is for, its owner knows', (role, member, may) => {
    const [found] = holding(role, member);
    expect(found).toMatchObject({ kind: 'widened', member, path: 'project', on: 'project' });
    expect(found?.reason).toContain(`, and may ${may}`);
    expect(found?.fix).toBeUndefined();
    expect(found?.mend).toContain('or accept it');
    const acceptedMembers = new Set([member]);
    expect(drift({ project: [{ role, members: [member] }], seen: { acceptedMembers } })).toEqual([]);
  });

  test.each([
    ['roles/resourcemanager.projectIamAdmin', 'admits', 'let anybody in'],
    ['roles/iam.serviceAccountTokenCreator', 'becomes', 'become every caller'],
    ['roles/iam.serviceAccountKeyAdmin', 'becomes', 'become every caller'],
    ['roles/iam.serviceAccountAdmin', 'becomes', 'become every caller'],
  ])('%s invokes nothing by itself, and is %s', (role, kind, may) => {
    expect(holding(role, ada)).toMatchObject([{ kind, reason: `${ada} holds ${role} in the project, and may ${may}` }]);
  });

  test('to act as every account and to deploy are two roles of one member', () => {
    const acting = { role: 'roles/iam.serviceAccountUser', members: [ada, 'user:bob@example.com'] };
    const deploying = { role: 'roles/run.developer', members: [ada] };
    expect(drift({ project: [acting, deploying] })).toMatchObject([
      { kind: 'deploys', member: ada, role: acting.role },
    ]);
    expect(drift({ project: [acting], back: { bindings: [invoker(frontRun), deploying] } })).toMatchObject([
      { kind: 'deploys', member: ada },
    ]);
  });

  test('a condition is shown', () => {
    const binding = {
      ...invoker(ada),
      condition: { title: 't', expression: 'request.time < timestamp("2030-01-01")' },
    };
    expect(drift({ project: [binding] })).toMatchObject([
      {
        condition: binding.condition.expression,
        reason: expect.stringContaining(`when ${binding.condition.expression}`),
      },
    ]);
  });

  test.each([
    ['roles/owner', ada],
    ['roles/editor', 'serviceAccount:123456@cloudservices.gserviceaccount.com'],
    ['roles/run.serviceAgent', 'serviceAccount:service-123456@serverless-robot-prod.iam.gserviceaccount.com'],
    ['roles/viewer', frontRun],
  ])('%s of %s is as it must be', (role, member) => {
    expect(holding(role, member)).toEqual([]);
  });

  test.each([
    ['roles/run.admin', 'serviceAccount:service-123456@serverless-robot-prod.iam.gserviceaccount.com'],
    ['roles/run.serviceAgent', 'serviceAccount:service-1@mine.iam.gserviceaccount.com'],
    ['roles/editor', 'serviceAccount:123456@cloudbuild.gserviceaccount.com'],
    ['roles/owner', 'domain:example.com'],
  ])('%s of %s is no gift of Google’s, and no owner', (role, member) => {
    expect(holding(role, member)).toHaveLength(1);
  });

  test('who owns it on a condition is no owner', () => {
    const project = [{ role: 'roles/owner', members: [ada], condition: { title: 't', expression: 'true' } }];
    expect(drift({ project })).toHaveLength(1);
  });

  test('an owner’s own grant on a service is none of the owner’s rights', () => {
    expect(drift({ back: { bindings: [invoker(frontRun, ada)] } })).toMatchObject([{ kind: 'extra', member: ada }]);
  });

  test('what is inherited from above is named, and is not mended here', () => {
    const policies = [
      { path: 'project', on: 'project', bindings: [] },
      { path: 'folder', on: '42', bindings: [{ role: 'roles/editor', members: ['domain:example.com'] }] },
    ] as const;
    const found = drift({ seen: { policies } });
    expect(found).toMatchObject([{ kind: 'widened', path: 'folder', on: '42', member: 'domain:example.com' }]);
    expect(found[0]?.fix).toBeUndefined();
    const accepted = [{ member: 'domain:example.com', on: 'project', reason: 'all of us' }];
    expect(drift({ seen: { policies, accepted } })).toEqual([]);
  });
});

describe('who may become a caller', () => {
  const bound = (role: string, member: string, change: Change = {}) =>
    drift({ ...change, frontRun: { bindings: [{ role, members: [member] }] } });

  test.each([
    ['roles/iam.serviceAccountTokenCreator', 'becomes', 'user:eve@example.com may become'],
    ['roles/iam.workloadIdentityUser', 'becomes', 'user:eve@example.com may become'],
    ['roles/iam.serviceAccountAdmin', 'becomes', 'user:eve@example.com may become'],
  ])('%s on its account', (role, kind, reason) => {
    const found = bound(role, 'user:eve@example.com');
    expect(found).toMatchObject([{ kind, service: 'back', path: 'account', on: account('front-run'), takes: true }]);
    expect(found[0]?.reason).toBe(`${reason} ${account('front-run')}, which calls back`);
    expect(found[0]?.fix?.slice(0, 4)).toEqual([
      'iam',
      'service-accounts',
      'remove-iam-policy-binding',
      account('front-run'),
    ]);
  });

  test('who may act as it and deploys', () => {
    const role = 'roles/iam.serviceAccountUser';
    expect(bound(role, 'user:eve@example.com')).toEqual([]);
    const project = [{ role: 'roles/run.developer', members: ['user:eve@example.com'] }];
    expect(bound(role, 'user:eve@example.com', { project })).toMatchObject([{ kind: 'deploys' }]);
  });

  test('a key of it', () => {
    const found = drift({ frontRun: { keys: ['abc'] } });
    expect(found).toMatchObject([
      {
        kind: 'key',
        path: 'key',
        member: frontRun,
        on: account('front-run'),
        reason: `whoever has the key abc is ${account('front-run')}, which calls back`,
      },
    ]);
    expect(found[0]?.fix).toEqual(
      expect.arrayContaining(['keys', 'delete', 'abc', `--iam-account=${account('front-run')}`]),
    );
  });

  test('an owner of the project may be a tester, too', () => {
    expect(bound('roles/iam.serviceAccountTokenCreator', ada)).toEqual([]);
  });

  test('an account that calls nobody opens nothing', () => {
    const bindings = [{ role: 'roles/iam.serviceAccountTokenCreator', members: ['user:eve@example.com'] }];
    const email = account('back-run');
    expect(drift({ seen: { accounts: new Map([[email, { email, ours: true, bindings, keys: ['k'] }]]) } })).toEqual([]);
  });
});

describe('a federated caller', () => {
  const member = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/subject/me';
  const federated = `${text}principals:\n  ci: { member: "${member}", calls: [back], serviceAccount: front-run }\n`;

  test('becomes its account, by declaration', () => {
    const bindings = [{ role: 'roles/iam.workloadIdentityUser', members: [member, `${member}2`] }];
    expect(drift({ text: federated, frontRun: { bindings } })).toMatchObject([
      { kind: 'becomes', member: `${member}2` },
    ]);
    expect(of('declared', { text: federated, frontRun: { bindings } })).toContainEqual(
      expect.objectContaining({ kind: 'edge', path: 'account', member, on: account('front-run') }),
    );
  });

  test('that may not become it is missing', () => {
    const [found] = drift({ text: federated });
    expect(found).toMatchObject({ kind: 'missing', member, role: 'roles/iam.workloadIdentityUser' });
    expect(found?.fix).toContain(`--member=${member}`);
  });
});

describe('what the file accepts', () => {
  const accepting = (entry: string) => `${text}accepted:\n  - { ${entry} }\n`;
  const eve = 'user:eve@example.com';
  const back = { bindings: [invoker(frontRun, eve)] };

  test('is none of the differences, with its reason', () => {
    const change = { text: accepting(`member: "${eve}", on: back, reason: on call, until: 2026-11-30`), back };
    expect(drift(change)).toEqual([]);
    expect(of('accepted', change)).toContainEqual(
      expect.objectContaining({
        kind: 'extra',
        member: eve,
        reason: `${eve} may invoke back, which no edge declares; accepted: on call, until 2026-11-30`,
      }),
    );
  });

  test.each([
    ['another member', `member: "user:bob@example.com", on: back, reason: r`],
    ['another service', `member: "${eve}", on: front, reason: r`],
    ['the project', `member: "${eve}", on: project, reason: r`],
  ])('holds for that alone, not for %s, and is said to be of no use', (_name, entry) => {
    expect(drift({ text: accepting(entry), back })).toMatchObject([{ kind: 'extra', member: eve }]);
    expect(of('accepted', { text: accepting(entry), back })).toContainEqual(
      expect.objectContaining({ kind: 'stale', reason: expect.stringContaining('the entry can go') }),
    );
  });

  test('is a difference again when it is over', () => {
    const change = { text: accepting(`member: "${eve}", on: back, reason: on call, until: 2026-11-29`), back };
    expect(drift(change)).toMatchObject([
      { kind: 'extra', reason: expect.stringContaining('it was accepted until 2026-11-29, which is over: on call') },
    ]);
    expect(of('accepted', change).map(({ kind }) => kind)).not.toContain('stale');
  });

  test.each(['front-run', account('front-run')])('on an account: %s', (on) => {
    const bindings = [{ role: 'roles/iam.serviceAccountTokenCreator', members: [eve] }];
    const change = { text: accepting(`member: "${eve}", on: "${on}", reason: r`), frontRun: { bindings } };
    expect(drift(change)).toEqual([]);
    expect(drift({ ...change, text })).toHaveLength(1);
  });

  test('what is missing cannot be accepted', () => {
    const change = { text: accepting(`member: "${frontRun}", on: back, reason: r`), back: { bindings: [] } };
    expect(drift(change)).toMatchObject([{ kind: 'missing' }]);
  });

  test('leaves nothing for Terraform to mend', () => {
    const change = { text: accepting(`member: "${eve}", on: back, reason: r`) };
    expect(drift({ ...change, back: { ...back, bindingsOwner: 'authoritative' } })).toEqual([]);
  });
});

test('what was not looked at is said', () => {
  const unseen = [
    { path: 'folder', on: '42', reason: 'The policy of folder 42 was not looked at', mend: 'Ask' },
  ] as const;
  expect(of('unseen', { seen: { unseen } })).toMatchObject([
    { kind: 'not-seen', path: 'folder', on: '42', mend: 'Ask' },
  ]);
  expect(drift({ seen: { unseen } })).toEqual([]);
});
