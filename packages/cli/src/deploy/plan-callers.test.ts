import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { wantedDeployment } from '../deployment/wanted.ts';
import type { Asked } from './asked.ts';
import { type Found, NOTHING } from './found.ts';
import { planDeployment } from './plan.ts';
import { undeclared } from './plan-grants.ts';

const set =
  'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/attribute.repository/a/b';
const declaration = parseDeclaration(
  `services:
  front: { public: true, calls: [back, payments], regions: [europe-west1, us-east1] }
  back: { calls: [back], regions: [us-east1], serviceAccount: shared-account }
  other: { calls: [{ to: back, paths: [/x/*], until: 2027-01-31 }], serviceAccount: shared-account }
jobs:
  nightly: { image: example.com/nightly, calls: [back], command: [node, "a,b.js"], maxRetries: 0 }
workerPools:
  mailer: { image: example.com/mailer, calls: [back], instances: 2 }
principals:
  support: { member: "group:support@example.com", calls: [back] }
  billing: { member: "serviceAccount:billing@other-project.iam.gserviceaccount.com", calls: [{ to: back, until: 2027-01-31 }] }
  ci: { member: "${set}", calls: [back] }
external:
  payments: { url: "https://payments.example.com", audience: pay }
accepted:
  - { member: "user:owner@example.com", on: project, reason: break glass }
`,
  'edges.yaml',
);
const place = { project: 'demo-project', number: '123', region: 'us-central1' };
const email = (id: string) => `${id}@demo-project.iam.gserviceaccount.com`;

function asking(change: Partial<Asked> = {}): Asked {
  const imageOf = (name: string) => `example.com/${name}`;
  const settings = { imageOf, databases: new Map(), publicAccess: 'all-users' } as const;
  const images = { imageOf, built: false, prefix: 'example.com', createRepository: [], build: () => undefined };
  const wanted = wantedDeployment(declaration, place, settings);
  return { wanted, images, databases: new Map(), prune: false, adopt: false, ...change };
}

/** Everything as it is after a deployment. */
function allThere({ wanted }: Asked): Found {
  const kept = { managedBy: 'run-edges', notReady: undefined };
  return {
    ...NOTHING,
    accounts: wanted.accounts.map((account) => ({ email: account.email, ours: true })),
    accountBindings: new Map([[email('ci-run'), [{ role: 'roles/iam.workloadIdentityUser', members: [set] }]]]),
    services: wanted.services.map(({ grants, http2 = false, ...rest }) => ({
      ...{ ...rest, ...kept, http2 },
      ...{ bindingsOwner: '', bindings: grants },
    })),
    jobs: wanted.jobs.map((job) => ({ ...job, ...kept })),
    workerPools: wanted.workerPools.map((pool) => ({ ...pool, ...kept })),
  };
}

const commandsOf = (asked: Asked, found: Found) =>
  planDeployment(asked, found).flatMap(({ commands }) => commands.map((command) => command.join(' ')));

describe('who calls and is no service', () => {
  const all = commandsOf(asking(), NOTHING);
  const find = (...words: string[]) => all.filter((command) => words.every((word) => command.includes(word)));

  test('has an account of its own, or one together; who has an identity of their own gets none', () => {
    expect(find('service-accounts create').map((command) => command.split(' ')[3])).toEqual([
      'front-run',
      'shared-account',
      'nightly-run',
      'mailer-run',
      'ci-run',
      'stranger',
    ]);
    expect(find('create shared-account')[0]).toContain('--display-name=run-edges: back, other');
  });

  test('a job is deployed, and not executed', () => {
    expect(find('run jobs')).toEqual([
      `run jobs deploy nightly --image=example.com/nightly --service-account=${email('nightly-run')} ` +
        '--set-env-vars=FRONT_URL=https://front-123.europe-west1.run.app,BACK_URL=https://back-123.us-east1.run.app ' +
        '--command=^;^node;a,b.js --tasks=1 --max-retries=0 --task-timeout=600s --labels=managed-by=run-edges ' +
        '--region=us-central1 --project=demo-project',
    ]);
  });

  test('a worker pool comes after the edges by which it calls', () => {
    expect(all.at(-1)).toMatch(/^beta run worker-pools deploy mailer .* --scaling=2 .*--region=us-central1/);
  });

  test('a member is granted as it is; one of another provider becomes its account', () => {
    expect(find('add-iam-policy-binding back', '--member=group:support@example.com')).toHaveLength(1);
    expect(find(set)).toEqual([
      `iam service-accounts add-iam-policy-binding ${email('ci-run')} --member=${set} --role=roles/iam.workloadIdentityUser --project=demo-project`,
    ]);
    expect(find('add-iam-policy-binding back', `serviceAccount:${email('ci-run')}`)).toHaveLength(1);
  });

  test('a limited edge is granted on its condition, after those without one', () => {
    const grants = find('services add-iam-policy-binding back').map((command) =>
      / --member=(\S+) --role=\S+(?: --condition=(.*))? --region/.exec(command)?.slice(1, 3),
    );
    expect(grants.filter(([, condition] = []) => condition !== undefined)).toEqual([
      [
        `serviceAccount:${email('shared-account')}`,
        'expression=request.path.startsWith("/x/") && request.time < timestamp("2027-02-01T00:00:00Z"),title=run-edges: limited paths until 2027-01-31',
      ],
      [
        'serviceAccount:billing@other-project.iam.gserviceaccount.com',
        'expression=request.time < timestamp("2027-02-01T00:00:00Z"),title=run-edges: until 2027-01-31',
      ],
    ]);
    expect(grants.slice(0, -2).every(([, condition] = []) => condition === undefined)).toBe(true);
  });

  test('a receiver of others is told of, and nothing is asked of it', () => {
    expect(find('run deploy front')[0]).toContain('PAYMENTS_URL=https://payments.example.com,PAYMENTS_AUDIENCE=pay');
    expect(find('binding payments')).toEqual([]);
  });

  test('what is accepted is nobody’s to grant', () => {
    expect(find('owner@example.com')).toEqual([]);
  });
});

describe('regions', () => {
  const all = commandsOf(asking(), NOTHING);

  test('a service is deployed in each, is told its own URL, and is let into in each', () => {
    const deployed = all.filter((command) => command.startsWith('run deploy front'));
    expect(
      deployed.map((command) => [/SERVICE_URL=([^,]*)/.exec(command)?.[1], /--region=(\S+)/.exec(command)?.[1]]),
    ).toEqual([
      ['https://front-123.europe-west1.run.app', 'europe-west1'],
      ['https://front-123.us-east1.run.app', 'us-east1'],
    ]);
    const open = all.filter((command) => command.includes('binding front --member=allUsers'));
    expect(open.map((command) => /--region=(\S+)/.exec(command)?.[1])).toEqual(['europe-west1', 'us-east1']);
  });

  test('a caller is told the receiver of its own region, else of the receiver’s first', () => {
    const back = all.find((command) => command.startsWith('run deploy back'));
    expect(back).toContain('FRONT_URL=https://front-123.us-east1.run.app');
    const other = all.find((command) => command.startsWith('run deploy other'));
    expect(other).toContain(
      'FRONT_URL=https://front-123.europe-west1.run.app,BACK_URL=https://back-123.us-east1.run.app',
    );
    expect(other).toContain('--region=us-central1');
  });

  test('one that is there in one region alone is made in the other', () => {
    const found = allThere(asking());
    const there = { ...found, services: found.services.filter(({ region }) => region !== 'us-east1') };
    const made = commandsOf(asking(), there).filter((command) => command.startsWith('run deploy'));
    expect(made.map((command) => command.split(' ')[2])).toEqual(['back', 'front']);
    expect(made.every((command) => command.includes('--region=us-east1'))).toBe(true);
  });
});

test('where everything is, nothing is to do', () => {
  expect(planDeployment(asking(), allThere(asking()))).toEqual([]);
});

test.each([
  ['jobs', { timeout: 5 }, 'timeout', '--task-timeout=600s'],
  ['jobs', { command: ['sh'] }, 'command', '--command=^;^node;a,b.js'],
  ['jobs', { parallelism: 2 }, 'parallelism', '--parallelism=0'],
  ['jobs', { notReady: 'no image' }, 'ready', 'run jobs deploy nightly'],
  ['workerPools', { instances: 9 }, 'instances', '--scaling=2'],
  ['workerPools', { account: 'x@y' }, 'account', '--service-account=mailer-run@'],
] as const)('one of the %s with %j is mended by one command', (kind, change, what, flag) => {
  const found = allThere(asking());
  const plan = planDeployment(asking(), { ...found, [kind]: found[kind].map((one) => ({ ...one, ...change })) });
  expect(plan.flatMap(({ changes }) => changes.map((one) => `${one.action} ${one.what}`))).toEqual([`update ${what}`]);
  expect(plan[0]?.commands).toHaveLength(1);
  expect(plan[0]?.commands[0]?.join(' ')).toContain(flag);
});

test.each(['jobs', 'workerPools'] as const)('one of the %s that somebody else made is not touched', (kind) => {
  const found = allThere(asking());
  const theirs = { ...found, [kind]: found[kind].map((one) => ({ ...one, managedBy: '' })) };
  expect(() => planDeployment(asking(), theirs)).toThrow('was made by somebody else, not by run-edges.');
  expect(commandsOf(asking({ adopt: true }), theirs)).toHaveLength(1);
});

test('a limited caller who is let in by more than its edge is named, and pruned of that alone', () => {
  const found = allThere(asking());
  const billing = 'serviceAccount:billing@other-project.iam.gserviceaccount.com';
  const widened = {
    ...found,
    services: found.services.map((service) =>
      service.name === 'back'
        ? { ...service, bindings: [...service.bindings, { role: 'roles/run.invoker', members: [billing] }] }
        : service,
    ),
  };
  expect(undeclared(asking().wanted, widened)).toMatchObject([{ service: { name: 'back' }, member: billing }]);
  expect(commandsOf(asking({ prune: true }), widened)).toEqual([
    `run services remove-iam-policy-binding back --member=${billing} --role=roles/run.invoker --condition=None --region=us-east1 --project=demo-project`,
  ]);
});

test('a limit that has changed is granted anew', () => {
  const found = allThere(asking());
  const before = {
    ...found,
    services: found.services.map((service) => ({
      ...service,
      bindings: service.bindings.map((binding) =>
        binding.condition === undefined ? binding : { ...binding, condition: { expression: 'false' } },
      ),
    })),
  };
  const granted = commandsOf(asking(), before);
  expect(granted).toHaveLength(2);
  expect(granted.every((command) => command.includes('--condition=expression='))).toBe(true);
  // The account of other is that of back, which may always.
  expect(undeclared(asking().wanted, before)).toMatchObject([{ member: expect.stringContaining('billing@') }]);
});
