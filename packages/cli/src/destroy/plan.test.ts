import { expect, test } from 'vitest';
import type { LiveService } from '../deployment/live-service.ts';
import { planDestruction } from './plan.ts';

const email = (id: string) => `${id}@demo-project.iam.gserviceaccount.com`;
const service = (name: string, managedBy: string, account = '') =>
  ({
    name,
    managedBy,
    account,
    bindings: [
      { role: 'roles/run.invoker', members: [`serviceAccount:${email('front-run')}`, 'user:eve@example.com'] },
    ],
  }) as unknown as LiveService;

const nothing = {
  project: 'demo-project',
  region: 'us-central1',
  services: [],
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

test('an account that another region still runs as stays', () => {
  const accounts = [
    { email: email('front-run'), ours: true },
    { email: email('back-run'), ours: true },
  ];
  expect(commands({ accounts, accountsElsewhere: new Set([email('front-run')]) })).toEqual([
    `iam service-accounts delete ${email('back-run')}`,
  ]);
});
