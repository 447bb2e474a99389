import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { conditionProblem, holdsIn } from '../conditions/conditions.ts';
import { declaredPolicies, declaredPolicy } from './declared-policy.ts';
import { policyProblem } from './policy-problem.ts';

const declaration = parseDeclaration(
  `services:
  search: {}
  mail: { calls: [search] }
jobs:
  both: { serviceAccount: both-run, calls: [{ to: search, paths: [/find, /search/*], until: 2027-01-31 }] }
workerPools:
  sweep-one: { calls: [{ to: search, paths: [/find] }] }
principals:
  support: { member: "group:support@example.com", calls: [{ to: search, until: 2027-01-31 }] }
  ci:
    member: principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/*
    calls: [search]
`,
  'edges.yaml',
);
const bindings = declaredPolicy(declaration, 'search', (name) => `${name}@acme.iam.gserviceaccount.com`);

function membersAt(path: string, time: string): string[] {
  const resource = {
    name: 'projects/acme/locations/europe-west1/services/search',
    type: 'run.googleapis.com/Service',
    service: 'run.googleapis.com',
  } as const;
  const context = { request: { path, time: new Date(time) }, resource };
  return bindings
    .filter(({ condition }) => condition === undefined || holdsIn(condition.expression, context))
    .flatMap(({ members }) => members)
    .map((member) => member.replace(/^\w+:|@.*$/g, ''));
}

describe('the policy that a declaration with limited edges asks for', () => {
  test('is one that Google takes', () => {
    expect(policyProblem(bindings, 3)).toBeUndefined();
    expect(bindings).toHaveLength(4);
    for (const { condition } of bindings)
      if (condition !== undefined) expect(conditionProblem(condition.expression)).toBeUndefined();
  });

  test.each([
    ['/find', '2027-01-31T23:59:59.999Z', ['mail', 'ci', 'both', 'sweep-one', 'support']],
    ['/find', '2027-02-01T00:00:00Z', ['mail', 'ci', 'sweep-one']],
    ['/search/', '2027-01-01T00:00:00Z', ['mail', 'ci', 'both', 'support']],
    ['/search/people/1', '2027-01-01T00:00:00Z', ['mail', 'ci', 'both', 'support']],
    ['/search', '2027-01-01T00:00:00Z', ['mail', 'ci', 'support']],
    ['/searching', '2027-01-01T00:00:00Z', ['mail', 'ci', 'support']],
    ['/find/', '2027-01-01T00:00:00Z', ['mail', 'ci', 'support']],
    ['/FIND', '2027-01-01T00:00:00Z', ['mail', 'ci', 'support']],
    ['/%66ind', '2027-01-01T00:00:00Z', ['mail', 'ci', 'support']],
    ['//find', '2027-01-01T00:00:00Z', ['mail', 'ci', 'support']],
    ['/x/../find', '2027-01-01T00:00:00Z', ['mail', 'ci', 'support']],
  ])('lets in at %s on %s', (path, time, members) => {
    expect(membersAt(path, time)).toEqual(members);
  });
});

test('who makes senders call has what that takes, beside what others have there', () => {
  const set = 'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/*';
  const senders = parseDeclaration(
    `services:
  search: {}
  mail: {}
principals:
  ci: { member: "${set}", serviceAccount: shared-run, calls: [search] }
senders:
  letters: { tasks: { queue: letters }, from: [mail, search], to: mail, serviceAccount: shared-run }
  changes: { pubsub: { topic: people }, from: [mail], to: search }
  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: people }, to: search }
`,
    'edges.yaml',
  );
  const account = (id: string) => `serviceAccount:${id}@acme-project.iam.gserviceaccount.com`;
  const project = { id: 'acme-project', number: '123', region: 'europe-west1' };
  const {
    'services/search': _,
    'services/mail': __,
    ...policies
  } = Object.fromEntries(declaredPolicies(senders, project));
  const users = { role: 'roles/iam.serviceAccountUser', members: [account('mail-run'), account('search-run')] };
  expect(policies).toEqual({
    'serviceAccounts/shared-run@acme-project.iam.gserviceaccount.com': [
      { role: 'roles/iam.workloadIdentityUser', members: [set] },
      users,
    ],
    'queues/letters': [{ role: 'roles/cloudtasks.enqueuer', members: users.members }],
    'topics/people': [{ role: 'roles/pubsub.publisher', members: [account('mail-run')] }],
    project: [{ role: 'roles/eventarc.eventReceiver', members: [account('audit-run')] }],
  });
});
