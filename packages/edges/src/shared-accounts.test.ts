import { describe, expect, it } from 'vitest';
import { declaredBindings } from './bindings.ts';
import { memberOf } from './callers.ts';
import { environmentOf } from './environment.ts';
import { invokersOf, mayCall } from './grants.ts';
import { matrix } from './matrix.ts';
import { parseDeclaration } from './parse-declaration.ts';

const declaration = parseDeclaration(
  `services:
  search: {}
  mail: {}
  both: {}
  front: { serviceAccount: shared-run, calls: [{ to: search, paths: [/find] }, both] }
  alone: { calls: [both] }
jobs:
  sweep: { serviceAccount: shared-run, calls: [search, { to: mail, until: 2027-01-31 }, both] }
workerPools:
  idle: { serviceAccount: shared-run }
principals:
  ci:
    member: principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/*
    serviceAccount: shared-run
`,
  'edges.yaml',
);

const cell = (caller: string, receiver: string, now = '2027-01-01') => {
  const cells = matrix(declaration, { now: new Date(now) });
  const found = cells.find((each) => each.caller === caller && each.receiver === receiver);
  return [found?.expected, found?.reason, found?.path];
};

describe('callers that share an account', () => {
  it.each([
    ['idle', 'search', 'declared: sweep calls search, and idle runs as the same account'],
    ['ci', 'search', 'declared: sweep calls search, and ci runs as the same account'],
    // Its own edge is limited, and IAM takes the other.
    ['front', 'search', 'declared: sweep calls search, and front runs as the same account'],
    ['sweep', 'search', 'declared: sweep calls search'],
    ['front', 'both', 'declared: front calls both'],
    ['sweep', 'both', 'declared: sweep calls both'],
    ['idle', 'mail', 'declared: sweep calls mail until 2027-01-31, and idle runs as the same account'],
  ])('share their edges: %s to %s', (caller, receiver, reason) => {
    expect(cell(caller, receiver)).toEqual(['allowed', reason, undefined]);
    expect(mayCall(declaration, caller, receiver)).toBe(true);
  });

  it.each([
    ['idle', 'mail', 'not declared any more: sweep called mail until 2027-01-31'],
    ['alone', 'search', 'not declared: alone does not call search'],
    ['search', 'both', 'not declared: search does not call both'],
    ['idle', 'alone', 'not declared: idle does not call alone'],
  ])('and no more: %s to %s', (caller, receiver, reason) => {
    expect(cell(caller, receiver, '2027-02-01')).toEqual(['forbidden', reason, undefined]);
  });

  it('are one member of each binding, and one e-mail of those who may call', () => {
    const members = declaredBindings(declaration, 'both', (caller) => memberOf(caller, 'acme'));
    expect(members).toEqual([
      {
        role: 'roles/run.invoker',
        members: [
          'serviceAccount:shared-run@acme.iam.gserviceaccount.com',
          'serviceAccount:alone-run@acme.iam.gserviceaccount.com',
        ],
      },
    ]);
    expect(invokersOf(declaration, 'both')).toEqual(['front', 'alone', 'sweep']);
    const emailOf = (name: string) => (name === 'alone' ? 'alone@acme' : 'shared@acme');
    expect(environmentOf(declaration, 'both', { urlOf: String, emailOf })).toMatchObject({
      ALLOWED_CALLERS: 'shared@acme,alone@acme',
    });
    expect(environmentOf(declaration, 'idle', { urlOf: String, emailOf })).toEqual({
      SEARCH_URL: 'search',
      MAIL_URL: 'mail',
      BOTH_URL: 'both',
    });
  });
});
