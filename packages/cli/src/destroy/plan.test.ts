import { parseDeclaration } from '@run-edges/edges';
import { expect, test } from 'vitest';
import type { LiveService } from '../deployment/live-service.ts';
import { planDestruction } from './plan.ts';

const declaration = parseDeclaration('services:\n  front: { public: true, calls: [back] }\n  back: {}\n', 'edges.yaml');
const email = (id: string) => `${id}@demo-project.iam.gserviceaccount.com`;
const service = (name: string, managedBy: string) =>
  ({
    name,
    managedBy,
    bindings: [
      { role: 'roles/run.invoker', members: [`serviceAccount:${email('front-run')}`, 'user:eve@example.com'] },
    ],
  }) as unknown as LiveService;

const nothing = {
  project: 'demo-project',
  region: 'us-central1',
  services: [],
  accounts: [],
  accountsInUse: new Set<string>(),
  repository: false,
};
const commands = (deployed: Partial<Parameters<typeof planDestruction>[1]>) =>
  planDestruction(declaration, { ...nothing, ...deployed }).flatMap(({ commands: some }) =>
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

test('of what somebody else made, only our own edges go', () => {
  expect(
    commands({
      services: [service('back', 'terraform'), service('other', '')],
      accounts: [{ email: email('front-run'), ours: false }],
    }),
  ).toEqual(['run services remove-iam-policy-binding back', 'run services remove-iam-policy-binding other']);
});

test('an account that another region still runs as stays', () => {
  const accounts = [
    { email: email('front-run'), ours: true },
    { email: email('back-run'), ours: true },
  ];
  expect(commands({ accounts, accountsInUse: new Set([email('front-run')]) })).toEqual([
    `iam service-accounts delete ${email('back-run')}`,
  ]);
});
