import { declaredCalls, findService, matrix, parseDeclaration } from '@run-edges/edges';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIam, type Iam } from '../../iam/policies/iam.ts';
import type { Binding } from '../../iam/policies/policy.ts';
import { createPolicyStore, type PolicyStore } from '../../iam/policies/policy-store.ts';
import { localProject } from '../../identity/project.ts';
import type { KnownCallers } from '../callers/known-callers.ts';
import { edgesNow, hasConditions, invokersNow, UNCHECKED } from '../routes/edge-routes.ts';
import type { Listed } from '../routes/service-routes.ts';
import { type Explanation, explainEdge } from './explain-edge.ts';

const names = ['login', 'user-profiles', 'search'];
const callers = ['anonymous', ...names, 'stranger'];
const emailOf = (account: string) => `${account}@${localProject.id}.iam.gserviceaccount.com`;
const TEAM = 'team@example.com';

/** A command as a shell splits it. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll(/'([^']*)'/g, '$1'));
}

/** The commands in a mend: `gcloud`, words, flags. */
function commandsIn(mend: string): string[][] {
  return [...mend.matchAll(/gcloud (?:[a-z][\w-]* )+(?:'?--(?:'[^']*'|[^\s'])+ ?)+/g)].map(([text]) =>
    wordsOf(text.trim()),
  );
}

/** What the real gcloud does to a policy, where it asks nobody. */
function runGcloud([, ...words]: readonly string[], policies: PolicyStore, unchecked: Set<string>): void {
  const flags = new Map(
    words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split(/=(.*)/s)) as [string, string][],
  );
  const verb = words.filter((word) => !word.startsWith('--'));
  const name = verb.pop() ?? '';
  expect(flags.get('project') ?? name).toBe(localProject.id);
  if (verb.join(' ') === 'run services update') {
    expect(flags.has('invoker-iam-check')).toBe(true);
    unchecked.delete(name);
    return;
  }
  const [, action] = /(add|remove)-iam-policy-binding$/.exec(verb.join(' ')) ?? [];
  const resource = verb[0] === 'projects' ? 'project' : (`services/${name}` as const);
  if (resource !== 'project') expect(flags.get('region')).toBe(localProject.region);
  const [member = '', role = ''] = [flags.get('member'), flags.get('role')];
  const { bindings } = policies.read(resource);
  const conditional = bindings.some(({ condition }) => condition !== undefined);
  // Else it asks which, and ends where nobody answers.
  if (conditional) expect(flags.has('all') || flags.get('condition') === 'None').toBe(true);
  if (action === 'add') policies.grant(resource, role, member);
  else {
    // What is not there cannot be removed.
    expect(bindings.some((one) => one.role === role && one.members.includes(member))).toBe(true);
    policies.revoke(resource, role, member);
  }
}

const arbitraryBinding = (members: readonly string[]): fc.Arbitrary<Binding> =>
  fc.record(
    {
      role: fc.constantFrom(
        ...['roles/run.invoker', 'roles/run.servicesInvoker', 'roles/run.admin', 'roles/run.viewer'],
        ...['roles/editor', 'roles/owner', 'roles/viewer'],
      ),
      members: fc.uniqueArray(fc.constantFrom(...members), { minLength: 1, maxLength: 3 }),
      condition: fc.record({
        title: fc.constantFrom('here', 'by day'),
        expression: fc.constantFrom('request.path == "/"', 'request.path == "/x"', 'true'),
      }),
    },
    { requiredKeys: ['role', 'members'] },
  );

const arbitrarySetting = fc
  .record({
    open: fc.subarray(names),
    calls: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), {
      selector: (call) => call.join(),
    }),
    /** Whether login and search run as one account. */
    shared: fc.boolean(),
    unchecked: fc.subarray(names),
    caller: fc.constantFrom(...callers),
    receiver: fc.constantFrom(...names),
  })
  .chain((setting) => {
    const own = emailsOf(setting.shared);
    const members = [
      ...Object.values(own).map((email) => `serviceAccount:${email}`),
      ...['allUsers', 'allAuthenticatedUsers', `group:${TEAM}`, 'user:eve@example.com', 'domain:example.com'],
    ];
    const bindings = () => fc.array(arbitraryBinding(members), { maxLength: 4 });
    return fc.record({
      ...(Object.fromEntries(Object.entries(setting).map(([key, value]) => [key, fc.constant(value)])) as {
        [Key in keyof typeof setting]: fc.Arbitrary<(typeof setting)[Key]>;
      }),
      ofProject: bindings(),
      ofService: bindings(),
    });
  });
type Setting = typeof arbitrarySetting extends fc.Arbitrary<infer T> ? T : never;

function emailsOf(shared: boolean): Record<string, string> {
  return {
    login: emailOf('login-run'),
    'user-profiles': emailOf('user-profiles-run'),
    search: emailOf(shared ? 'login-run' : 'search-run'),
    stranger: emailOf('stranger'),
  };
}

function declarationOf({ open, calls }: Pick<Setting, 'open' | 'calls'>) {
  const lines = names.map((name) => {
    const called = calls.filter(([caller, receiver]) => caller === name && receiver !== name).map(([, to]) => to);
    return `  ${name}: { public: ${open.includes(name)}, calls: [${called.join(', ')}] }`;
  });
  return parseDeclaration(`services:\n${lines.join('\n')}\n`, 'edges.yaml');
}

/** The policies of a running cloud, and what explains an edge from them. */
function cloudOf(setting: Setting) {
  const { shared, receiver, ofProject, ofService } = setting;
  const emails = emailsOf(shared);
  const unchecked = new Set(setting.unchecked);
  const policies = createPolicyStore({ elapsed: () => 0, delay: () => 0 });
  // What IAM refuses, such as a condition on a basic role, is no policy.
  for (const [resource, bindings] of [
    ['project', ofProject],
    [`services/${receiver}`, ofService],
  ] as const)
    for (const { role, members, condition } of bindings)
      for (const member of members) {
        try {
          policies.grant(resource, role, member, condition);
        } catch {}
      }
  const groups = { [TEAM]: [`serviceAccount:${emails.login}`] };
  const iam: Iam = createIam({ policies, groups: () => groups, project: localProject, now: () => 0 });
  const listed = {
    services: () => names.map((name) => ({ name })),
    principals: () => Object.entries(emails).map(([name, email]) => ({ name, email, metadataHost: '' })),
    unchecked: () => [...unchecked],
  } as unknown as Listed;
  const declaration = declarationOf(setting);
  const known: KnownCallers = {
    list: () =>
      Object.entries(emails).map(([name, email]) => ({
        name,
        kind: name === 'stranger' ? 'stranger' : 'service',
        member: `serviceAccount:${email}`,
        how: 'metadata-server',
        email,
      })),
  };
  return {
    iam,
    declaration,
    explain(): Explanation {
      return explainEdge(declaration, setting.caller, receiver, {
        project: localProject,
        edges: edgesNow({
          declaration: () => declaration,
          iam,
          listed,
          known,
          external: { list: () => [], iam },
          now: () => 0,
        }),
        read: declaredCalls(declaration),
        invokers: invokersNow(iam, receiver),
        conditional: hasConditions(iam, receiver),
        emailOf: (name) => emails[name],
      });
    },
    carryOut(mend: string): number {
      const commands = commandsIn(mend);
      for (const command of commands) runGcloud(command, policies, unchecked);
      return commands.length;
    },
    decided(): boolean {
      const email = emails[setting.caller];
      const principal = email === undefined ? undefined : { member: `serviceAccount:${email}`, sets: [] };
      const question = {
        permission: 'run.routes.invoke',
        resource: `services/${receiver}`,
        principal,
        path: '/',
      } as const;
      return unchecked.has(receiver) || iam.grantedTo(question) !== undefined;
    },
  };
}

describe('of whatever policies there are,', () => {
  test('the verdict is theirs, and the mend turns it round when it is carried out', () => {
    let turned = 0;
    fc.assert(
      fc.property(arbitrarySetting, (setting) => {
        const cloud = cloudOf(setting);
        const { verdict, mend } = cloud.explain();
        expect(verdict === 'allowed').toBe(cloud.decided());
        const ran = cloud.carryOut(mend);
        if (ran === 0) {
          // Only where it says that there is nothing to run.
          expect(verdict).toBe('forbidden');
          expect(mend).toMatch(setting.caller === 'anonymous' ? /^Send an ID token/ : /^Nothing: the stranger/);
          return;
        }
        turned++;
        expect(cloud.decided()).toBe(verdict === 'forbidden');
        expect(cloud.explain().verdict).not.toBe(verdict);
        expect(mend).toMatch(verdict === 'allowed' ? /^To forbid it/ : /^(?:To allow it|On Cloud Run: gcloud)/);
      }),
      { numRuns: 500 },
    );
    expect(turned).toBeGreaterThan(100);
  });

  test('the reason names the grants that let somebody in, and no other', () => {
    fc.assert(
      fc.property(arbitrarySetting, (setting) => {
        fc.pre(!setting.unchecked.includes(setting.receiver));
        const cloud = cloudOf(setting);
        const { verdict, reason } = cloud.explain();
        for (const [, role = ''] of reason.matchAll(/holds (roles\/[\w.]+)/g))
          expect([...setting.ofProject, ...setting.ofService].map((one) => one.role)).toContain(role);
        if (verdict === 'forbidden' && reason.includes(' holds '))
          expect(reason).toContain('which does not hold for /');
      }),
      { numRuns: 300 },
    );
  });
});

test('what the mend says to write in the declaration turns its verdict round', () => {
  fc.assert(
    fc.property(arbitrarySetting, ({ open, calls, caller, receiver }) => {
      const declaration = declarationOf({ open, calls });
      const { verdict, mend } = explainEdge(declaration, caller, receiver);
      const cell = matrix(declaration).find((one) => one.caller === caller && one.receiver === receiver);
      expect(verdict).toBe(cell?.expected);
      const without = new Set(/take .* in edges\.yaml/.exec(mend)?.[0].match(/"public: true" from|from the calls of/g));
      const opened = mend.includes('write "public: true" under');
      const called = mend.includes(`add ${receiver} to the calls of ${caller} in`);
      if (without.size === 0 && !opened && !called) {
        // A service that calls itself needs no line, and the stranger has none.
        expect(caller === receiver || caller === 'stranger').toBe(true);
        return;
      }
      const changed = declarationOf({
        open: without.has('"public: true" from')
          ? open.filter((name) => name !== receiver)
          : opened
            ? [...open, receiver]
            : open,
        calls: without.has('from the calls of')
          ? calls.filter(([from, to]) => from !== caller || to !== receiver)
          : called
            ? [...calls, [caller, receiver]]
            : calls,
      });
      expect(findService(changed, receiver)).toBeDefined();
      expect(explainEdge(changed, caller, receiver).verdict).not.toBe(verdict);
    }),
    { numRuns: 300 },
  );
});

describe('by name', () => {
  const setting: Setting = {
    open: [],
    calls: [['login', 'user-profiles']],
    shared: false,
    unchecked: [],
    caller: 'login',
    receiver: 'user-profiles',
    ofProject: [],
    ofService: [],
  };
  const login = `serviceAccount:${emailOf('login-run')}`;
  const explained = (change: Partial<Setting>) => cloudOf({ ...setting, ...change }).explain();
  const editor = [{ role: 'roles/editor', members: [login] }];

  test('who holds the project’s Editor is told so, and the mend takes that away', () => {
    const { reason, mend } = explained({ ofProject: editor, receiver: 'search' });
    expect(reason).toBe(
      `the policy was changed: ${login} holds roles/editor on the project; not declared: login does not call search`,
    );
    expect(mend).toBe(
      `To forbid it: gcloud projects remove-iam-policy-binding ${localProject.id} --member=${login} --role=roles/editor --all (roles/editor may be needed for other things)`,
    );
  });

  test('a declared edge that holds by another grant alone is told so', () => {
    expect(explained({ ofProject: editor }).reason).toBe(
      `${login} holds roles/editor on the project; declared: login calls user-profiles`,
    );
  });

  test('a declared edge that holds by another grant as well is forbidden by taking both', () => {
    const { reason, mend } = explained({
      ofProject: editor,
      ofService: [{ role: 'roles/run.invoker', members: [login] }],
    });
    expect(reason).toBe(`declared: login calls user-profiles; ${login} holds roles/editor on the project`);
    expect(mend).toContain(
      'take user-profiles from the calls of login in edges.yaml. On Cloud Run: gcloud run services',
    );
    expect(commandsIn(mend)).toHaveLength(2);
  });

  test('a group, everybody with an account, and a condition that fails are named', () => {
    const ofGroup = [{ role: 'roles/run.admin', members: [`group:${TEAM}`] }];
    expect(explained({ ofService: ofGroup })).toMatchObject({
      reason: expect.stringContaining(`group:${TEAM} holds roles/run.admin on user-profiles`),
      mend: expect.stringContaining(`group:${TEAM} stands for others, too`),
    });
    const condition = { title: 'by day', expression: 'request.path == "/x"' };
    const failing = [{ role: 'roles/run.invoker', members: [login], condition }];
    expect(explained({ ofService: failing })).toMatchObject({
      reason: `the policy was changed: it lets the caller in no more; ${login} holds roles/run.invoker (on the condition "by day") on user-profiles, which does not hold for / now; declared: login calls user-profiles`,
      mend: expect.stringContaining('--role=roles/run.invoker --condition=None'),
    });
  });

  test('who shares an account is named, for better or worse', () => {
    const shared = {
      shared: true,
      calls: [['login', 'user-profiles']],
      ofService: [{ role: 'roles/run.invoker', members: [login] }],
    } as Partial<Setting>;
    expect(explained({ ...shared, caller: 'search' })).toMatchObject({
      verdict: 'allowed',
      reason:
        'login runs as the same account, and calls user-profiles; not declared: search does not call user-profiles',
      mend: expect.stringContaining('(login runs as the same account)'),
    });
    expect(explained(shared).mend).toContain('(search runs as the same account)');
  });

  test('where no invoker is checked, checking again is not enough while somebody else lets them in', () => {
    const { reason, mend } = explained({ unchecked: ['search'], receiver: 'search', ofProject: editor });
    expect(reason).toContain('search checks no invoker');
    expect(mend).toContain('--invoker-iam-check && gcloud projects remove-iam-policy-binding');
    expect(UNCHECKED).toBe('no invoker check');
  });
});
