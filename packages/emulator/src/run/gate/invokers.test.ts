import { describe, expect, test } from 'vitest';
import { createIam, type Iam, type IamQuestion } from '../../iam/policies/iam.ts';
import { createPolicyStore } from '../../iam/policies/policy-store.ts';
import { createRoles } from '../../iam/roles/roles.ts';
import { localProject } from '../../identity/project.ts';
import { rememberedInvokers } from './remembered-invokers.ts';

const role = 'roles/run.invoker';
const ada = { member: 'user:ada@example.com', sets: [] };
const eve = { member: 'user:eve@example.com', sets: [] };
const federated = {
  member: 'principal://iam.googleapis.com/x/subject/y',
  sets: ['principalSet://iam.googleapis.com/x/*'],
};

function asked(delay = 0) {
  const clock = { now: 0 };
  const roles = createRoles({ projectId: localProject.id });
  const policies = createPolicyStore({ elapsed: () => clock.now * 1000, delay: () => delay, roles });
  const iam = createIam({ policies, roles, groups: () => ({}), project: localProject, now: () => clock.now });
  const questions: IamQuestion[] = [];
  const counted: Iam = {
    ...iam,
    grantedTo(question) {
      questions.push(question);
      return iam.grantedTo(question);
    },
  };
  const grantOf = rememberedInvokers(counted, 'search');
  const invoking: (...asked: Parameters<typeof grantOf>) => string | undefined = (...asked) =>
    grantOf(...asked)?.member;
  return { policies, roles, questions, clock, invoking };
}

describe('who may invoke', () => {
  test('is asked once for each principal, also for who may not, and for nobody', () => {
    const { policies, questions, invoking } = asked();
    policies.grant('services/search', role, ada.member);
    for (let count = 0; count < 3; count++) {
      expect(invoking(ada, `/${count}`)).toBe(ada.member);
      expect(invoking(eve, `/${count}`)).toBeUndefined();
      expect(invoking(undefined, `/${count}`)).toBeUndefined();
    }
    expect(questions).toEqual(
      [ada, eve, undefined].map((principal) => ({
        permission: 'run.routes.invoke',
        resource: 'services/search',
        principal,
        path: '/0',
      })),
    );
  });

  test('is forgotten with each policy that counts, and kept with others', () => {
    const { policies, questions, invoking } = asked();
    policies.grant('services/search', role, ada.member);
    expect(invoking(ada, '/')).toBe(ada.member);
    policies.grant('services/login', role, eve.member);
    expect(invoking(ada, '/')).toBe(ada.member);
    expect(questions).toHaveLength(1);
    policies.revoke('services/search', role, ada.member);
    expect(invoking(ada, '/')).toBeUndefined();
    policies.grant('project', 'roles/owner', ada.member);
    expect(invoking(ada, '/')).toBe(ada.member);
    policies.remove('project');
    expect(invoking(ada, '/')).toBeUndefined();
  });

  test('is forgotten though only one of the policies that count has changed, and asked though only one has conditions', () => {
    const { policies, questions, invoking } = asked();
    policies.grant('project', 'roles/run.viewer', eve.member);
    policies.grant('services/search', role, ada.member);
    expect(invoking(ada, '/')).toBe(ada.member);
    policies.revoke('services/search', role, ada.member);
    expect(invoking(ada, '/')).toBeUndefined();
    policies.grant('services/search', role, ada.member, { title: 'a', expression: 'request.path == "/a"' });
    const before = questions.length;
    expect(['/a', '/b', '/a'].map((path) => invoking(ada, path))).toEqual([ada.member, undefined, ada.member]);
    expect(questions).toHaveLength(before + 3);
  });

  test('is asked at each request where a condition may look at it, and once again when that is gone', () => {
    const { policies, questions, invoking } = asked();
    policies.grant('services/search', role, eve.member);
    policies.grant('services/search', role, ada.member, { title: 'a', expression: 'request.path == "/a"' });
    expect(['/a', '/b', '/a'].map((path) => invoking(ada, path))).toEqual([ada.member, undefined, ada.member]);
    expect([invoking(eve, '/'), invoking(eve, '/')]).toEqual([eve.member, eve.member]);
    expect(questions).toHaveLength(5);
    policies.revoke('services/search', role, ada.member);
    for (let count = 0; count < 3; count++) expect(invoking(ada, '/a')).toBeUndefined();
    expect(questions).toHaveLength(6);
  });

  test('is asked at each request of a federated identity, whose sets are its own', () => {
    const { policies, questions, invoking } = asked();
    policies.grant('services/search', role, federated.sets[0] ?? '');
    expect(invoking(federated, '/')).toBe(federated.sets[0]);
    expect(invoking({ ...federated, sets: [] }, '/')).toBeUndefined();
    expect(invoking(federated, '/')).toBe(federated.sets[0]);
    expect(questions).toHaveLength(3);
  });

  test('is forgotten with each change of a role, as are policies that name it', () => {
    for (const delay of [0, 1]) {
      const { policies, roles, clock, invoking } = asked(delay);
      const caller = { id: 'caller', title: '', description: '', stage: 'GA' as const, etag: 'BwA=' };
      roles.put({ ...caller, includedPermissions: ['run.routes.invoke'] });
      policies.grant('services/search', `projects/${localProject.id}/roles/caller`, ada.member);
      clock.now = 1;
      expect(invoking(ada, '/')).toBe(ada.member);
      roles.put({ ...caller, includedPermissions: ['run.services.get'] });
      expect(invoking(ada, '/')).toBeUndefined();
      roles.put({ ...caller, includedPermissions: ['run.routes.invoke'] });
      expect(invoking(ada, '/')).toBe(ada.member);
    }
  });

  test('follows a change that takes time, when that is over', () => {
    const { policies, clock, invoking } = asked(120);
    policies.grant('services/search', role, ada.member);
    expect(invoking(ada, '/')).toBeUndefined();
    clock.now = 120;
    expect(invoking(ada, '/')).toBe(ada.member);
    policies.revoke('services/search', role, ada.member);
    expect(invoking(ada, '/')).toBe(ada.member);
    clock.now = 240;
    expect(invoking(ada, '/')).toBeUndefined();
  });

  test('is remembered for a thousand, and the next begin anew', () => {
    const { questions, invoking } = asked();
    const principal = (n: number) => ({ member: `user:u${n}@example.com`, sets: [] });
    for (let n = 0; n < 1000; n++) invoking(principal(n), '/');
    invoking(principal(0), '/');
    expect(questions).toHaveLength(1000);
    invoking(principal(1000), '/');
    invoking(principal(1000), '/');
    expect(questions).toHaveLength(1001);
    invoking(principal(0), '/');
    expect(questions).toHaveLength(1002);
  });
});
