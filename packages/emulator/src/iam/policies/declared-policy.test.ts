import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { conditionProblem, holdsIn } from '../conditions/conditions.ts';
import { declaredPolicy } from './declared-policy.ts';
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
