import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { declare } from './declare.ts';
import { fromTerraform } from './from-terraform.ts';

const project = 'demo-project';
const email = (id: string) => `${id}@${project}.iam.gserviceaccount.com`;
const member = (id: string) => `serviceAccount:${email(id)}`;

type Values = Record<string, unknown>;
interface Resource {
  type: string;
  address: string;
  mode: string;
  values: Values;
  sensitive_values?: unknown;
}

const resource = (type: string, name: string, values: Values, more: Partial<Resource> = {}): Resource => ({
  ...{ type, address: `${type}.${name}`, mode: 'managed' },
  values: { project, location: 'europe-west1', ...values },
  ...more,
});
const v2 = (name: string, values: Values = {}, template: Values = {}, more: Partial<Resource> = {}) =>
  resource(
    'google_cloud_run_v2_service',
    name,
    {
      ...{ name, ingress: 'INGRESS_TRAFFIC_ALL' },
      template: [{ service_account: email(`${name}-run`), containers: [{ image: 'a/b:1', env: [] }], ...template }],
      ...values,
    },
    more,
  );
const v1 = (name: string, spec: Values = {}, annotations: Values = {}) =>
  resource('google_cloud_run_service', name, {
    name,
    metadata: [{ annotations }],
    template: [
      {
        metadata: [{ annotations: { 'autoscaling.knative.dev/maxScale': '7' } }],
        spec: [{ service_account_name: email(`${name}-run`), containers: [{ image: 'a/b:1' }], ...spec }],
      },
    ],
  });
const invoker = 'roles/run.invoker';
const lets = (service: string, who: string, more: Values = {}) =>
  resource('google_cloud_run_v2_service_iam_member', `${service}-${who}`, {
    ...{ name: `projects/${project}/locations/europe-west1/services/${service}`, role: invoker, member: who },
    ...more,
  });

function imported(resources: readonly Resource[], { env = false, ...options }: Values & { env?: boolean } = {}) {
  const state = { format_version: '1.0', values: { root_module: { resources } } };
  return importedText(JSON.stringify(state), { env, ...options });
}

function importedText(text: string, { env = false, ...options }: Values & { env?: boolean } = {}) {
  const { text: file, notes } = declare(fromTerraform(text, options), { env });
  return { file, notes: notes.join('\n'), declaration: parseDeclaration(file, 'edges.yaml', { project }) };
}

const callsIn = ({ declaration }: ReturnType<typeof imported>) =>
  [
    ...declaration.services,
    ...(declaration.jobs ?? []),
    ...(declaration.workerPools ?? []),
    ...(declaration.principals ?? []),
  ]
    .flatMap(({ name, calls }) => calls.map((to) => `${name} ${to}`))
    .sort();

describe('both generations', () => {
  test('members, bindings and whole policies of either', () => {
    const all = imported([
      v2('aa'),
      v1('bb', { container_concurrency: 5 }, { 'run.googleapis.com/ingress': 'internal' }),
      v1('cc'),
      lets('aa', member('bb-run')),
      resource('google_cloud_run_service_iam_binding', 'x', {
        service: 'bb',
        role: invoker,
        members: [member('aa-run'), member('cc-run')],
      }),
      resource('google_cloud_run_service_iam_policy', 'y', {
        service: 'cc',
        policy_data: JSON.stringify({ bindings: [{ role: invoker, members: [member('aa-run'), 'allUsers'] }] }),
      }),
    ]);
    expect(callsIn(all)).toEqual(['aa bb', 'aa cc', 'bb aa', 'cc bb']);
    expect(all.notes).toBe('');
    const byName = Object.fromEntries(all.declaration.services.map((one) => [one.name, one]));
    expect(byName.cc).toMatchObject({ public: true, maxInstances: 7, ingress: 'all', image: 'a/b:1' });
    expect(byName.bb).toMatchObject({ public: false, concurrency: 5, ingress: 'internal' });
  });

  test('a container that is asked in HTTP/2, wherever it stands among others', () => {
    const port = (name: unknown) => ({ image: 'a/b:1', ports: [{ name, container_port: 8080 }] });
    const { declaration, file } = imported([
      v2('aa', {}, { containers: [port('h2c')] }),
      v2('bb', {}, { containers: [{ image: 'a/b:1', ports: [] }, port('h2c')] }),
      v1('cc', { containers: [port('h2c')] }),
      v2('dd', {}, { containers: [port('http1')] }),
      ...[null, '', 7, ['h2c'], 'H2C'].map((name, index) => v2(`odd${index}`, {}, { containers: [port(name)] })),
      v1('ee', { containers: [{ image: 'a/b:1', ports: 'h2c' }] }),
    ]);
    expect(declaration.services.filter(({ http2 }) => http2 === true).map(({ name }) => name)).toEqual([
      'aa',
      'bb',
      'cc',
    ]);
    expect(file).not.toContain('http2: false');
    expect(declaration.services).toHaveLength(10);
  });

  test('modules within modules, count and for_each; data sources are nobody’s', () => {
    const inner = { ...v2('aa'), address: 'module.x[0].module.y["k"].google_cloud_run_v2_service.s["aa"]' };
    const data = { ...v2('never'), mode: 'data' };
    const state = {
      format_version: '1.0',
      values: {
        root_module: {
          resources: [data, lets('aa', member('bb-run'))],
          child_modules: [
            {
              address: 'module.x[0]',
              child_modules: [{ address: 'module.x[0].module.y["k"]', resources: [inner, v2('bb')] }],
            },
          ],
        },
      },
    };
    const all = importedText(JSON.stringify(state));
    expect(callsIn(all)).toEqual(['bb aa']);
    expect(all.file).toContain('# module.x[0].module.y["k"].google_cloud_run_v2_service.s["aa"]');
    expect(all.file).not.toContain('never');
  });

  test('jobs, worker pools, and principals of every kind', () => {
    const pool = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh';
    const all = imported([
      v2('aa'),
      resource('google_cloud_run_v2_job', 'j', {
        name: 'nightly',
        template: [
          {
            task_count: 4,
            parallelism: 2,
            template: [
              {
                service_account: email('nightly-run'),
                max_retries: 0,
                timeout: '90s',
                containers: [{ image: 'a/j:1', command: ['node', 'x'] }],
              },
            ],
          },
        ],
      }),
      resource('google_cloud_run_v2_worker_pool', 'p', {
        name: 'mailer',
        scaling: [{ manual_instance_count: 0 }],
        template: [{ service_account: email('post'.padEnd(6, '-x')), containers: [{ image: 'a/p:1' }] }],
      }),
      ...['nightly-run', 'post-x', 'ci-acts'].map((id) => lets('aa', member(id))),
      lets('aa', 'group:Crew@Example.com'),
      lets('aa', 'serviceAccount:crew@other-project.iam.gserviceaccount.com'),
      resource('google_service_account_iam_member', 'w', {
        service_account_id: `projects/${project}/serviceAccounts/${email('ci-acts')}`,
        role: 'roles/iam.workloadIdentityUser',
        member: `principalSet:${pool}/attribute.repository/acme/app`,
      }),
    ]);
    expect(callsIn(all)).toEqual(['app aa', 'crew aa', 'crew-2 aa', 'mailer aa', 'nightly aa']);
    expect(all.declaration.jobs).toMatchObject([
      { command: ['node', 'x'], tasks: 4, parallelism: 2, maxRetries: 0, timeout: 90 },
    ]);
    expect(all.declaration.workerPools).toMatchObject([{ serviceAccount: 'post-x', instances: 0 }]);
    expect(all.declaration.principals).toMatchObject([
      { name: 'app', member: `principalSet:${pool}/attribute.repository/acme/app`, serviceAccount: 'ci-acts' },
      { name: 'crew', member: 'group:crew@example.com' },
      { name: 'crew-2' },
    ]);
    expect(all.notes).toBe('');
  });

  test('conditions that are ours are limits again; others open nothing', () => {
    const ours = {
      title: 'run-edges: limited paths until 2027-01-31',
      expression:
        '(request.path.startsWith("/a/") || request.path == "/b") && request.time < timestamp("2027-02-01T00:00:00Z")',
    };
    const theirs = { title: 'mine', expression: 'request.time < timestamp("2027-02-01T00:00:00Z")' };
    const all = imported([
      v2('aa'),
      v2('bb'),
      v2('cc'),
      lets('aa', member('bb-run'), { condition: [ours] }),
      lets('aa', member('cc-run'), { condition: [theirs] }),
    ]);
    expect(callsIn(all)).toEqual(['bb aa']);
    expect(all.declaration.services.find(({ name }) => name === 'bb')?.limits).toEqual({
      aa: { paths: ['/a/*', '/b'], until: '2027-01-31' },
    });
    expect(all.notes).toContain(
      'on a condition that no edge can say: request.time < timestamp("2027-02-01T00:00:00Z")',
    );
  });
});

describe('what no edge says is noted, and opens nothing', () => {
  test.each([
    ['allAuthenticatedUsers', 'everybody with a Google account'],
    ['deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1', 'an account that was deleted'],
    ['projectEditor:demo-project', 'whoever has that role on the project'],
    ['principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/*', 'lets nobody in'],
    ['serviceaccount:bb-run@demo-project.iam.gserviceaccount.com', 'Did you mean'],
    ['serviceAccount:demo-project.svc.id.goog[ns/name]', 'Kubernetes'],
    ['nobody', 'is no member as IAM names them'],
  ])('%s', (who, said) => {
    const all = imported([v2('aa'), v2('bb'), lets('aa', who)]);
    expect(callsIn(all)).toEqual([]);
    expect(all.declaration.services.every((one) => !one.public)).toBe(true);
    expect(all.declaration.principals).toBeUndefined();
    expect(all.notes).toContain(said);
    // It stands in the file as well.
    expect(all.file).toContain(said);
  });

  test.each([
    ['roles/run.admin', 'where it holds run.routes.invoke'],
    ['projects/demo-project/roles/unknown', 'where it holds run.routes.invoke'],
  ])('%s', (role, said) => {
    const all = imported([v2('aa'), v2('bb'), lets('aa', member('bb-run'), { role })]);
    expect(callsIn(all)).toEqual([]);
    expect(all.notes).toContain(said);
  });

  test('a role of its own counts by what it holds', () => {
    const role = (permissions: string[]) =>
      resource('google_project_iam_custom_role', 'r', { name: 'projects/demo-project/roles/caller', permissions });
    const grant = lets('aa', member('bb-run'), { role: 'projects/demo-project/roles/caller' });
    expect(callsIn(imported([v2('aa'), v2('bb'), grant, role(['run.routes.invoke'])]))).toEqual(['bb aa']);
    const without = imported([v2('aa'), v2('bb'), grant, role(['run.services.get'])]);
    expect(callsIn(without)).toEqual([]);
    expect(without.notes).toBe('');
  });

  test('an invoker of the whole project is no edge', () => {
    const all = imported([
      v2('aa'),
      resource('google_project_iam_member', 'p', { role: invoker, member: 'group:x@example.com' }),
    ]);
    expect(callsIn(all)).toEqual([]);
    expect(all.notes).toContain('is for every service, which no edge says');
  });

  test('a receiver that is not in the state', () => {
    const all = imported([v2('aa'), lets('gone', member('aa-run'))]);
    expect(callsIn(all)).toEqual([]);
    expect(all.notes).toContain('gone lets in');
  });

  test('the account of everybody, and one that two services share', () => {
    const all = imported([
      v2('aa'),
      v2('bb', {}, { service_account: '1-compute@developer.gserviceaccount.com' }),
      v2('cc', {}, { service_account: email('shared') }),
      v2('dd', {}, { service_account: email('shared') }),
      lets('aa', member('shared')),
      lets('aa', 'serviceAccount:1-compute@developer.gserviceaccount.com'),
      lets('dd', member('shared')),
    ]);
    expect(callsIn(all)).toEqual(['bb aa', 'cc aa', 'cc dd', 'dd aa', 'dd dd']);
    expect(all.notes).toContain('bb runs as 1-compute@developer.gserviceaccount.com, which is no account of its own');
  });

  test('in two regions an edge stands where it is in both', () => {
    const there = (one: Resource): Resource => ({ ...one, values: { ...one.values, location: 'us-central1' } });
    const both = [v2('aa'), there(v2('aa')), v2('bb'), there(v2('bb')), v2('cc')];
    const half = imported([...both, lets('aa', member('bb-run'))]);
    expect(callsIn(half)).toEqual([]);
    expect(half.notes).toContain('in europe-west1 and not in us-central1');
    const whole = imported([...both, lets('aa', member('bb-run')), there(lets('aa', member('bb-run')))]);
    expect(callsIn(whole)).toEqual(['bb aa']);
    expect(whole.declaration.services.map(({ name, regions }) => [name, regions])).toEqual(
      [
        ['bb', ['europe-west1', 'us-central1']],
        ['aa', ['europe-west1', 'us-central1']],
        ['cc', ['europe-west1']],
      ].sort(
        (a, b) =>
          whole.declaration.services.findIndex(({ name }) => name === a[0]) -
          whole.declaration.services.findIndex(({ name }) => name === b[0]),
      ),
    );
    const one = imported([...both, lets('aa', member('bb-run'))], { region: 'europe-west1' });
    expect(callsIn(one)).toEqual(['bb aa']);
  });
});

describe('who lets everybody in', () => {
  const twice = (west: Values = {}) => [v2('aa', west), v2('aa', { location: 'us-central1' })];
  const condition = [{ title: 'one path', expression: 'request.path == "/x"' }];
  const open = lets('aa', 'allUsers');
  const openToo = lets('aa', 'allUsers', { location: 'us-central1' });

  test.each<[string, Resource[], boolean]>([
    ['in its region', [v2('aa'), open], true],
    ['in both of its regions', [...twice(), open, openToo], true],
    ['in one by a grant, in the other without a check', [...twice({ invoker_iam_disabled: true }), openToo], true],
    ['in one of its regions', [...twice(), open], false],
    ['in one of its regions, without a check', twice({ invoker_iam_disabled: true }), false],
    ['on a condition', [v2('aa'), lets('aa', 'allUsers', { condition })], false],
  ])('%s is public, or is noted', (_where, resources, isPublic) => {
    const { declaration, notes } = imported(resources);
    expect(declaration.services.map((one) => one.public)).toEqual([isPublic]);
    if (!isPublic) expect(notes).toMatch(/aa lets (?:in allUsers|everybody in)/);
  });
});

describe('variables', () => {
  const hidden = 'hunter2-hunter2';
  const env = [
    { name: 'LOG_LEVEL', value: 'debug' },
    { name: 'API_TOKEN', value: hidden },
    { name: 'PLAIN', value: hidden },
    { name: 'UPSTREAM', value: `postgres://u:${hidden}@h/d` },
    { name: 'FROM_SECRET', value: '', value_source: [{ secret_key_ref: [{ secret: 's', version: 'latest' }] }] },
    { name: 'BB_URL', value: 'https://bb-1.europe-west1.run.app' },
    { name: 'SERVICE_URL', value: 'https://aa' },
  ];
  const marks = { template: [{ containers: [{ env: [{}, {}, { value: true }, {}, {}, {}, {}] }] }] };
  const resources = [v2('aa', {}, { containers: [{ image: 'i', env }] }, { sensitive_values: marks }), v2('bb')];

  test('are not copied, and named', () => {
    const { file, notes, declaration } = imported(resources);
    expect(declaration.services.find(({ name }) => name === 'aa')?.env).toEqual({});
    expect(file).not.toContain(hidden);
    expect(file).not.toContain('debug');
    expect(notes).toContain('LOG_LEVEL, API_TOKEN, UPSTREAM');
    expect(notes).toContain('PLAIN, FROM_SECRET');
    expect(notes).toContain('aa is told BB_URL, and bb does not let it in');
    expect(notes).not.toContain('SERVICE_URL');
  });

  test('the address of another, written out, is in no variable', () => {
    const withUrl = [{ name: 'UPSTREAM', value: 'https://bb-123456789012.europe-west1.run.app/x' }];
    const all = imported([v2('aa', {}, { containers: [{ image: 'i', env: withUrl }] }), v2('bb')], { env: true });
    expect(all.declaration.services.find(({ name }) => name === 'aa')?.env).toEqual({});
    expect(all.notes).toContain('aa: env is left out');
  });

  const plain = { name: 'PLAIN', value: 'a-few-words' };
  test.each<[string, unknown]>([
    ['the resource', true],
    ['the template', { template: true }],
    ['the one template', { template: [true] }],
    ['what stands in no list', { template: { containers: [true] } }],
    ['the containers', { template: [{ containers: true }] }],
    ['the first container', { template: [{ containers: [true, {}] }] }],
    ['all variables', { template: [{ containers: [{ env: true }] }] }],
    ['a variable', { template: [{ containers: [{ env: [true] }] }] }],
  ])('where %s is marked as secret, no value of it is copied', (_what, marked) => {
    const containers = [{ image: 'i', env: [plain] }, { image: 'j' }];
    const { file, notes } = imported([v2('aa', {}, { containers }, { sensitive_values: marked })], { env: true });
    expect(file).not.toContain('a-few-words');
    expect(notes).toContain('PLAIN');
  });

  test('with --env, those alone that do not look like a secret', () => {
    const { file, declaration } = imported(resources, { env: true });
    expect(declaration.services.find(({ name }) => name === 'aa')?.env).toEqual({ LOG_LEVEL: 'debug' });
    expect(file).not.toContain(hidden);
  });
});

describe('names', () => {
  test('that no entry may have are noted; their account is a principal where it calls', () => {
    const all = imported([
      v2('database'),
      v2('anonymous'),
      v2('bb'),
      lets('bb', member('database-run')),
      lets('database', member('bb-run')),
    ]);
    expect(all.declaration.services.map(({ name }) => name)).toEqual(['bb']);
    expect(all.declaration.principals).toMatchObject([
      { name: 'database-run', member: member('database-run'), calls: ['bb'] },
    ]);
    expect(all.notes).toContain('the URL of database would be in DATABASE_URL');
    expect(all.notes).toContain('database lets in');
  });

  test('a job of the same name as a service stands back', () => {
    const job = resource('google_cloud_run_v2_job', 'j', {
      name: 'aa',
      template: [{ template: [{ service_account: email('job-aa'), containers: [] }] }],
    });
    const all = imported([job, v2('aa')]);
    expect(all.declaration.jobs).toBeUndefined();
    expect(all.notes).toContain('something else is called aa');
  });

  test('too short and too long ones get an account that can be made', () => {
    const long = `a${'b'.repeat(40)}`;
    const elsewhere = { service_account: 'x@developer.gserviceaccount.com' };
    const all = imported([v2('a', {}, elsewhere), v2(long, {}, elsewhere)]);
    expect(all.declaration.services.map(({ serviceAccount }) => serviceAccount).sort()).toEqual([
      'a-account',
      `a${'b'.repeat(25)}-run`,
    ]);
  });
});

describe('rubbish', () => {
  test.each([
    ['', 'That is no JSON.'],
    ['{', 'That is no JSON.'],
    ['null', 'That is no state of Terraform'],
    ['[]', 'That is no state of Terraform'],
    ['{"format_version":"1.0"}', 'There is nothing in this state'],
    ['{"version":4,"serial":1,"lineage":"x","resources":[]}', 'That is a state file itself'],
    ['{"format_version":"1.0","values":{"root_module":{"resources":[{"type":1}]}}}', 'That is no state of Terraform'],
    ['{"format_version":"1.0","values":{"root_module":{"child_modules":[[]]}}}', 'That is no state of Terraform'],
    [
      JSON.stringify({ format_version: '1.0', values: { root_module: { resources: [] } } }),
      'says of which project it is',
    ],
  ])('%j', (text, said) => {
    expect(() => importedText(text)).toThrow(said);
  });

  test('modules without end', () => {
    let module: object = {};
    for (let depth = 0; depth < 100; depth++) module = { child_modules: [module] };
    const text = JSON.stringify({ format_version: '1.0', values: { root_module: module } });
    expect(() => importedText(text)).toThrow('modules stand too deep');
  });

  test('values of other types than they should be', () => {
    const odd = [1, null, 'x', [], [null], [[1]], {}, { a: 1 }, true];
    for (const value of odd) {
      const template = {
        service_account: value,
        containers: value,
        scaling: value,
        max_instance_request_concurrency: value,
      };
      const all = imported([
        v2(
          'aa',
          { ingress: value, custom_audiences: value, invoker_iam_disabled: value === true ? false : value },
          template,
        ),
        lets('aa', member('aa-run'), { condition: value, role: value }),
        resource('google_cloud_run_service_iam_policy', 'p', { service: 'aa', policy_data: value }),
        resource('google_cloud_run_v2_service_iam_binding', 'b', { name: value, members: value, role: invoker }),
      ]);
      expect(callsIn(all)).toEqual([]);
      expect(all.declaration.services.every((one) => !one.public)).toBe(true);
    }
  });

  test('text that steers a terminal, or ends a comment, does neither', () => {
    const address = 'x\n  evil: { public: true }\u001b[31m';
    const all = imported([{ ...v2('aa'), address }, v2('bb'), lets('aa', 'user:\nx@example.com')]);
    expect(all.declaration.services.map(({ name }) => name).sort()).toEqual(['aa', 'bb']);
    expect(all.file).not.toContain('\u001b');
    expect(all.file.split('\n').filter((line) => line.trim().startsWith('evil'))).toEqual([]);
  });

  test('the same twice is once', () => {
    const there = { ...v2('cc'), values: { ...v2('cc').values, location: 'us-central1' } };
    expect(imported([v2('aa'), v2('aa'), there]).declaration.services[0]?.regions).toEqual(['europe-west1']);
    const all = imported([v2('aa'), v2('aa'), v2('bb'), lets('aa', member('bb-run')), lets('aa', member('BB-run'))]);
    expect(callsIn(all)).toEqual(['bb aa']);
    expect(all.declaration.services).toHaveLength(2);
  });
});
