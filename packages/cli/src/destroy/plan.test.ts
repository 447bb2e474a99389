import { parseDeclaration } from '@run-edges/edges';
import { expect, test } from 'vitest';
import { planDestruction, queuesLeft, type Standing } from './plan.ts';

const email = (id: string) => `${id}@demo-project.iam.gserviceaccount.com`;
const service = (name: string, managedBy: string, account = '', region = 'us-central1'): Standing => ({
  name,
  region,
  managedBy,
  account,
});

const nothing = {
  project: 'demo-project',
  region: 'us-central1',
  services: [],
  jobs: [],
  workerPools: [],
  senders: [],
  accounts: [],
  accountsElsewhere: new Set<string>(),
  repository: false,
};
const commands = (deployed: Partial<Parameters<typeof planDestruction>[0]>) =>
  planDestruction({ ...nothing, ...deployed }).flatMap(({ commands: some }) =>
    some.map((one) => one.join(' ').split(' --')[0]),
  );

test('nothing is taken from where nothing is', () => {
  expect(commands({})).toEqual([]);
});

test('what is marked goes, services before the accounts that they run as', () => {
  expect(
    commands({
      services: [service('front', 'run-edges'), service('removed-from-the-declaration', 'run-edges')],
      accounts: [{ email: email('front-run'), ours: true }],
      repository: true,
    }),
  ).toEqual([
    'run services delete front',
    'run services delete removed-from-the-declaration',
    `iam service-accounts delete ${email('front-run')}`,
    'artifacts repositories delete run-edges',
  ]);
});

test('of what somebody else made nothing goes, not even our callers from a policy', () => {
  expect(
    commands({
      services: [service('back', 'terraform'), service('other', '')],
      accounts: [{ email: email('front-run'), ours: false }],
    }),
  ).toEqual([]);
});

test('an account that somebody else’s service runs as stays', () => {
  expect(
    commands({
      services: [service('front', 'run-edges', email('front-run')), service('back', 'terraform', email('back-run'))],
      accounts: [
        { email: email('front-run'), ours: true },
        { email: email('back-run'), ours: true },
      ],
    }),
  ).toEqual(['run services delete front', `iam service-accounts delete ${email('front-run')}`]);
});

test('what calls by itself goes first, what listens before what it listens to; what has no mark goes by its account', () => {
  const senders = [
    { kind: 'topic', name: 'orders', flags: {}, managedBy: 'run-edges' },
    { kind: 'topic', name: 'theirs', flags: {}, managedBy: '' },
    { kind: 'subscription', name: 'orders', flags: {}, managedBy: 'run-edges' },
    { kind: 'queue', name: 'restock', flags: {} },
    { kind: 'schedule', name: 'nightly', flags: { 'oidc-service-account-email': email('nightly-run') } },
    { kind: 'schedule', name: 'of-others', flags: { 'oidc-service-account-email': email('other-run') } },
  ] as const;
  const accounts = [
    { email: email('nightly-run'), ours: true },
    { email: email('other-run'), ours: false },
  ];
  expect(commands({ senders, accounts, services: [service('front', 'run-edges')] })).toEqual([
    'scheduler jobs delete nightly',
    'pubsub subscriptions delete orders',
    'pubsub topics delete orders',
    'run services delete front',
    `iam service-accounts delete ${email('nightly-run')}`,
  ]);
  const declaration = parseDeclaration(
    'services: { front: {} }\nsenders: { restock: { tasks: { queue: restock }, to: front } }',
    'edges.yaml',
  );
  const deployed = { ...nothing, senders };
  expect(queuesLeft(deployed, declaration)).toEqual([expect.stringContaining('gcloud tasks queues delete restock')]);
  expect(queuesLeft(deployed, undefined)).toEqual([]);
});

test('an account that another region still runs as stays', () => {
  const accounts = [
    { email: email('front-run'), ours: true },
    { email: email('back-run'), ours: true },
  ];
  expect(commands({ accounts, accountsElsewhere: new Set([email('front-run')]) })).toEqual([
    `iam service-accounts delete ${email('back-run')}`,
  ]);
});

test('jobs and worker pools go before the services that they call, each in its region', () => {
  const ours = (name: string, region: string) => service(name, 'run-edges', email(`${name}-run`), region);
  const sections = planDestruction({
    ...nothing,
    services: [ours('front', 'us-central1'), ours('front', 'us-east1')],
    jobs: [ours('nightly', 'us-east1'), service('theirs', '', email('their-run'))],
    workerPools: [ours('mailer', 'us-central1')],
    accounts: ['front', 'nightly', 'mailer', 'their'].map((name) => ({ email: email(`${name}-run`), ours: true })),
  });
  expect(sections.flatMap(({ commands: some }) => some.map((one) => one.join(' ')))).toEqual([
    'beta run worker-pools delete mailer --quiet --region=us-central1 --project=demo-project',
    'run jobs delete nightly --quiet --region=us-east1 --project=demo-project',
    'run services delete front --quiet --region=us-central1 --project=demo-project',
    'run services delete front --quiet --region=us-east1 --project=demo-project',
    // What somebody else's job runs as stays.
    ...['front', 'nightly', 'mailer'].map(
      (name) => `iam service-accounts delete ${email(`${name}-run`)} --quiet --project=demo-project`,
    ),
  ]);
});
