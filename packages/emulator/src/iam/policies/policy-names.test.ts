import { describe, expect, test } from 'vitest';
import { checkGroups, groupsOf } from './groups.ts';
import { isMember, policyProblem } from './policy-problem.ts';

const invoker = 'roles/run.invoker';
const pool = 'iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh';
const problemOf = (member: string) => policyProblem([{ role: invoker, members: [member] }], 1);
const many = (count: number, kind: string) => Array.from({ length: count }, (_, n) => `${kind}:m${n}@example.com`);

describe('a member', () => {
  test.each([
    'allUsers',
    'allAuthenticatedUsers',
    'user:a@b',
    'user:ada.l@example.com',
    'serviceAccount:x@p.iam.gserviceaccount.com',
    'group:team@example.com',
    'domain:b',
    'domain:example.com',
    `principal://${pool}/subject/repo:acme/app:ref:refs/heads/main`,
    `principalSet://${pool}/attribute.repository/acme`,
    'deleted:user:a@b?uid=1',
    'deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=123456789012345678901',
    'deleted:group:team@example.com?uid=42',
    'deleted:principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/ada',
    'principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/oncall@example.com',
    'serviceAccount:p.svc.id.goog[default/my-ksa]',
    'serviceAccount:example.com:app.svc.id.goog[kube-system/a.b-c]',
  ])('may be %s', (member) => {
    expect(problemOf(member)).toBeUndefined();
  });

  test.each([
    '',
    'alluser',
    'allUsersX',
    'x allUsers',
    'allusers',
    'user:',
    'user:a',
    'user:a@',
    'user:@b',
    'user:a b@c',
    'user:a@b c',
    'user:a@b@c',
    'user:a:b@c',
    'user:a@b:c',
    'User:a@b',
    'domain:',
    'domain:a b',
    'domain:a@b',
    'domain:a:b',
    'principal://iam.googleapis.com/',
    'principal://iamXgoogleapis.com/a',
    'principal://evil.example/a',
    `principal://${pool}/subject/a b`,
    'principalset://iam.googleapis.com/a',
    'deleted:user:a@b',
    'x allAuthenticatedUsers',
    'allAuthenticatedUsers x',
    'x principal://iam.googleapis.com/a',
    'x deleted:user:a@b?uid=1',
    'x deleted:principal://iam.googleapis.com/a',
    'deleted:principal://iam.googleapis.com/a b',
    'x serviceAccount:p.svc.id.goog[default/my-ksa]',
    'deleted:principal://evil.example/a',
    'serviceAccount:p.svc.id.goog',
    'serviceAccount:p.svc.id.goog[]',
    'serviceAccount:p.svc.id.goog[default]',
    'serviceAccount:p.svc.id.goog[default/my-ksa]x',
    'serviceAccount:p.svc.id.goog[default/my ksa]',
    'serviceAccount:.svc.id.goog',
    'serviceAccount:p.evil.example[default/my-ksa]',
    'user:p.svc.id.goog[default/my-ksa]',
    'deleted:user:a@b?uid=',
    'deleted:user:a@b?uid=x',
    'deleted:user:a@b?uid=1x',
    'deleted:user:@b?uid=1',
    'deleted:user:a?uid=1',
    'deleted:user:a b@c?uid=1',
    'deleted:user:a@b c?uid=1',
    'deleted:domain:b?uid=1',
    'user:a@b\n',
    '\nallUsers',
  ])('is not %j', (member) => {
    expect(problemOf(member)).toBe(
      `The member ${member} is of an unknown type. Please set a valid type prefix for the member.`,
    );
    expect(policyProblem([{ role: invoker, members: ['allUsers', member] }], 1)).toBeDefined();
  });
});

describe('a role', () => {
  test.each([
    invoker,
    'roles/owner',
    'projects/my-project/roles/a_b.C1',
    'projects/example.com:my-project/roles/x',
    'organizations/123/roles/x.y',
  ])('may be %s', (role) => {
    expect(policyProblem([{ role, members: [] }], undefined)).toBeUndefined();
  });

  test.each([
    '',
    'roles/',
    'invoker',
    'x roles/owner',
    'roles/owner x',
    'roles/a/b',
    'projects/p/roles/',
    'projects//roles/x',
    'projects/p q/roles/x',
    'projects/p/roles/x y',
    'projects/p/roles/-',
    'folders/1/roles/x',
    'roles/owner\n',
  ])('is not %j', (role) => {
    expect(policyProblem([{ role, members: ['allUsers'] }], 1)).toBe(
      `Role ${role} is not supported for this resource.`,
    );
  });
});

describe('a policy', () => {
  test.each([undefined, 0, 1, 3])('may be of version %j', (version) => {
    expect(policyProblem([], version)).toBeUndefined();
  });

  test.each([-1, 2, 4, 1.5, Number.NaN])('is not of version %j', (version) => {
    expect(policyProblem([], version)).toBe(`Policy version ${version} is not supported.`);
  });

  test('names 1,500 members and no more, in all its bindings together', () => {
    const of = (count: number) => [
      { role: invoker, members: many(1000, 'user') },
      { role: 'roles/run.admin', members: many(count, 'user') },
    ];
    expect(policyProblem(of(500), 1)).toBeUndefined();
    expect(policyProblem(of(501), 1)).toContain('(1501) is larger than the maximum allowed size 1500');
  });

  test('names 250 groups and no more, whoever else is in it', () => {
    const of = (count: number) => [
      { role: invoker, members: [...many(count, 'group'), ...many(300, 'user'), 'domain:group'] },
    ];
    expect(policyProblem(of(250), 1)).toBeUndefined();
    expect(policyProblem(of(251), 1)).toContain('(251) is larger than the maximum allowed size 250');
  });

  test('tells the first problem of whichever binding has one', () => {
    const good = { role: invoker, members: ['allUsers'] };
    expect(policyProblem([good, good, { role: 'x', members: [] }], 1)).toContain('Role x');
    expect(policyProblem([good, good], 1)).toBeUndefined();
  });

  test('has conditions from version 3 on, and those must be ones', () => {
    const of = (expression: string) => [
      { role: invoker, members: ['allUsers'], condition: { title: 'night', expression } },
    ];
    expect(policyProblem(of('true'), 3)).toBeUndefined();
    for (const version of [undefined, 0, 1])
      expect(policyProblem(of('true'), version)).toBe(
        'Policy version must be set to 3 when a binding has a condition.',
      );
    expect(policyProblem(of('request.'), 3)).toMatch(/^The condition "night" is invalid: .+\.$/);
  });
});

describe('what is not typed', () => {
  const good = { role: invoker, members: ['allUsers'], condition: { title: 't', expression: 'true' } };
  const untyped = (bindings: unknown) => policyProblem(bindings as never, 3);

  test.each([
    undefined,
    null,
    'bindings',
    { 0: good },
    [null],
    ['x'],
    [[]],
    [good, undefined],
    [{ ...good, role: undefined }],
    [{ ...good, role: 7 }],
    [{ ...good, members: undefined }],
    [{ ...good, members: 'allUsers' }],
    [{ ...good, members: { 0: 'allUsers' } }],
    [{ ...good, members: ['allUsers', 7] }],
    [{ ...good, members: [null] }],
    [{ ...good, condition: null }],
    [{ ...good, condition: 'true' }],
    [{ ...good, condition: ['true'] }],
    [{ ...good, condition: { title: 't' } }],
    [{ ...good, condition: { expression: 'true' } }],
    [{ ...good, condition: { title: 7, expression: 'true' } }],
    [{ ...good, condition: { title: 't', expression: 7 } }],
  ])('%j is no policy', (bindings) => {
    expect(untyped(bindings)).toMatch(/^A policy is a list of bindings/);
  });

  test('a policy with all its parts is one, and so is one without', () => {
    expect(untyped([good])).toBeUndefined();
    expect(untyped([])).toBeUndefined();
  });

  test.each([7, null, undefined, ['allUsers'], { toString: () => 'allUsers' }])('%j is no member', (member) => {
    expect(isMember(member)).toBe(false);
    expect(isMember('allUsers')).toBe(true);
  });
});

describe('groups', () => {
  const check = (groups: unknown) => () => checkGroups(groups, 'there');
  const of = (member: unknown) => check({ 'team@example.com': ['user:ada@example.com', member] });

  test.each(['user:a@b', 'serviceAccount:a@b.c', 'group:a@b'])('may hold %s', (member) => {
    expect(of(member)).not.toThrow();
  });

  test.each(['x user:a@b', 'user:a@b c', 'user:a@b\n', 'user:a', 'domain:b', 'allUsers', '', 7, null, ['user:a@b']])(
    'may not hold %j',
    (member) => {
      expect(of(member)).toThrow(expect.objectContaining({ code: 'GROUPS_INVALID' }));
      expect(of(member)).toThrow(`${JSON.stringify(member)} in team@example.com is not`);
    },
  );

  test.each([undefined, null, [], 'groups', 7])('are no %j', (groups) => {
    expect(check(groups)).toThrow('there holds no groups: there is no mapping');
  });

  test.each([undefined, null, 'user:a@b', { 0: 'user:a@b' }])('have no members %j', (members) => {
    expect(check({ 'team@example.com': members })).toThrow('the members of team@example.com are no list');
  });
});

describe('groups in groups', () => {
  const chain = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`g${n + 1}@x.y`, [n === 0 ? 'user:ada@x.y' : `group:g${n}@x.y`]]),
  );

  test('count ten deep, and no deeper', () => {
    expect(groupsOf(chain, 'user:ada@x.y')).toEqual(Array.from({ length: 10 }, (_, n) => `group:g${n + 1}@x.y`));
  });

  test('are all found where several lead on', () => {
    const groups = {
      'a@x.y': ['user:ada@x.y'],
      'b@x.y': ['user:ada@x.y'],
      'c@x.y': ['group:b@x.y', 'user:eve@x.y'],
      'd@x.y': ['group:a@x.y'],
    };
    expect(groupsOf(groups, 'user:ada@x.y').sort()).toEqual(['a', 'b', 'c', 'd'].map((name) => `group:${name}@x.y`));
    expect(groupsOf(groups, 'user:eve@x.y')).toEqual(['group:c@x.y']);
  });
});
