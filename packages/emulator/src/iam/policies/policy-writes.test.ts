import { describe, expect, test, vi } from 'vitest';
import type { Binding } from './policy.ts';
import { createPolicyStore, PolicyError, type PolicyStoreOptions } from './policy-store.ts';

const search = 'services/search';
const invoker = 'roles/run.invoker';
const [ada, eve] = ['user:ada@example.com', 'user:eve@example.com'];
const condition = { title: 'path', expression: 'request.path == "/a"' };
const bound = (...members: string[]): Binding => ({ role: invoker, members });

const storeOf = (options: Partial<PolicyStoreOptions> = {}) =>
  createPolicyStore({ elapsed: () => 1000, delay: () => 0, ...options });
const aborted = expect.objectContaining({ name: 'PolicyError', status: 'ABORTED' });
const invalid = expect.objectContaining({ name: 'PolicyError', status: 'INVALID_ARGUMENT' });

describe('a write that has read the policy', () => {
  const conditional = () => {
    const store = storeOf();
    const { etag } = store.grant(search, invoker, ada, condition);
    return { store, etag };
  };

  test.each([undefined, 0, 1])('but, with version %j, not its conditions, is refused and loses none', (version) => {
    const { store, etag } = conditional();
    const write = { bindings: [bound(eve)], etag, ...(version !== undefined && { version }) };
    expect(() => store.write(search, write)).toThrow(invalid);
    expect(store.read(search)).toMatchObject({ etag, bindings: [{ members: [ada], condition }] });
  });

  test('with its conditions replaces it', () => {
    const { store, etag } = conditional();
    expect(store.write(search, { bindings: [bound(eve)], etag, version: 3 }).bindings).toEqual([bound(eve)]);
  });

  test.each([undefined, ''])('not at all (etag %j) wins over whatever was there', (etag) => {
    const { store } = conditional();
    const write = { bindings: [bound(eve)], version: 1, ...(etag !== undefined && { etag }) };
    expect(store.write(search, write)).toMatchObject({ version: 1, bindings: [bound(eve)] });
  });

  test('of a policy without conditions needs no version', () => {
    const store = storeOf();
    const { etag } = store.grant(search, invoker, ada);
    expect(store.write(search, { bindings: [], etag }).bindings).toEqual([]);
  });

  test('that was never set shows its etag, and any other is a conflict', () => {
    expect(() => storeOf().write(search, { bindings: [], etag: 'ACAC' })).toThrow(aborted);
    expect(storeOf().write(search, { bindings: [bound(ada)], etag: 'ACAB' }).bindings).toEqual([bound(ada)]);
  });

  test('and was overtaken is a conflict, said before anything else', () => {
    const { store, etag } = conditional();
    store.grant(search, invoker, eve);
    expect(() => store.write(search, { bindings: [{ role: 'x', members: [] }], etag })).toThrow(aborted);
    expect(() => store.write(search, { bindings: [], etag })).toThrow(PolicyError);
  });
});

describe('a change', () => {
  test('of one role takes and gives nothing of another, nor to another', () => {
    const store = storeOf();
    store.grant(search, 'roles/run.viewer', ada);
    store.grant(search, invoker, ada);
    store.grant(search, invoker, eve);
    expect(store.revoke(search, invoker, ada).bindings).toEqual([
      { role: 'roles/run.viewer', members: [ada] },
      bound(eve),
    ]);
    expect(store.revoke(search, 'roles/run.admin', ada).bindings).toHaveLength(2);
  });

  test('of a role keeps its condition apart from that of another role', () => {
    const store = storeOf();
    const other = { role: 'roles/run.admin', members: [ada], condition };
    store.write(search, { bindings: [other, { ...bound(ada), condition }, bound(ada), bound(eve, ada)], version: 3 });
    expect(store.read(search).bindings).toEqual([other, { ...bound(ada), condition }, bound(ada, eve)]);
  });

  test('is told to those who listen, once it stands; a refused one is not', () => {
    const store = storeOf();
    const seen: number[] = [];
    store.onChange(() => seen.push(store.read(search).bindings.length));
    store.grant(search, invoker, ada);
    expect(seen).toEqual([1]);
    expect(() => store.write(search, { bindings: [{ role: 'x', members: [] }] })).toThrow(invalid);
    expect(seen).toEqual([1]);
    store.remove(search);
    expect(seen).toEqual([1, 0]);
    store.forget({ email: 'a@p.iam.gserviceaccount.com', uniqueId: '1' });
    expect(seen).toEqual([1, 0, 0]);
  });

  test('makes an etag and a stamp that there was not before', () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const store = storeOf();
      const etags = [store.grant(search, invoker, ada).etag, store.grant(search, invoker, eve).etag];
      const stamps = [store.stamp()];
      store.remove(search);
      stamps.push(store.stamp());
      store.forget({ email: 'x@y', uniqueId: '1' });
      stamps.push(store.stamp());
      etags.push(store.grant(search, invoker, ada).etag);
      stamps.push(store.stamp());
      expect(stamps).toEqual([...new Set(stamps)]);
      expect(etags).toEqual([...new Set(etags)]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('has no stamp while time alone may change what counts', () => {
    let delay = 0;
    const store = storeOf({ delay: () => delay });
    store.grant(search, invoker, ada);
    expect(store.stamp()).toBe(store.stamp());
    expect(store.stamp()).toBeDefined();
    delay = 1;
    expect(store.stamp()).toBeUndefined();
  });
});

describe('what counts', () => {
  const counting = (store: ReturnType<typeof storeOf>, resource: Parameters<typeof store.read>[0]) =>
    store.effective(resource).map(({ bindings }) => bindings);

  test('is the policy of the resource and the project’s, each once', () => {
    const initial = [
      [search, [bound(ada)]],
      ['project', [bound(eve)]],
    ] as const;
    const store = storeOf({ initial });
    expect(counting(store, search)).toEqual([[bound(ada)], [bound(eve)]]);
    expect(counting(store, 'project')).toEqual([[bound(eve)]]);
    expect(counting(store, 'services/login')).toEqual([[bound(eve)]]);
    expect([...store.entries()].map(([resource]) => resource)).toEqual([search, 'project']);
    expect([...store.entries()][0]?.[1].bindings).toEqual([bound(ada)]);
  });

  test('from the start counts at once, however long changes take', () => {
    expect(counting(storeOf({ initial: [[search, [bound(ada)]]], delay: () => 600 }), search)).toEqual([[bound(ada)]]);
  });

  test('of a resource that was removed is nothing', () => {
    const store = storeOf({ initial: [[search, [bound(ada)]]] });
    store.remove(search);
    expect(counting(store, search)).toEqual([]);
    expect(store.read(search).etag).toBe('ACAB');
    expect([...store.entries()]).toEqual([]);
  });

  test('is the last of many changes, and of as many before it as a delay may ask for', () => {
    let clock = 0;
    const store = storeOf({ elapsed: () => clock * 1000, delay: () => 100 });
    for (clock = 1; clock <= 40; clock++) store.write(search, { bindings: [bound(`user:u${clock}@example.com`)] });
    const members = () => counting(store, search).flatMap(([binding]) => binding?.members ?? []);
    clock = 120;
    expect(members()).toEqual([]);
    clock = 121;
    expect(members()).toEqual(['user:u21@example.com']);
    clock = 1000;
    expect(members()).toEqual(['user:u40@example.com']);
  });
});

describe('an account that is deleted', () => {
  const email = 'login-run@p.iam.gserviceaccount.com';
  const member = `serviceAccount:${email}`;
  const deleted = `deleted:${member}?uid=17`;

  test('holds nothing by its e-mail any more, wherever it is named, and others keep what they have', () => {
    const store = storeOf({
      initial: [
        [search, [bound(ada, member), { role: 'roles/run.viewer', members: [eve] }]],
        ['project', [{ ...bound(member), condition }]],
        ['services/login', [bound(ada)]],
        [`serviceAccounts/${email}`, [{ role: 'roles/iam.serviceAccountUser', members: [ada] }]],
      ],
    });
    const untouched = store.read('services/login').etag;
    const touched = store.read(search).etag;
    store.forget({ email, uniqueId: '17' });
    expect(store.read(search).bindings).toEqual([bound(ada, deleted), { role: 'roles/run.viewer', members: [eve] }]);
    expect(store.read(search).etag).not.toBe(touched);
    expect(store.read('project').bindings).toEqual([{ ...bound(deleted), condition }]);
    expect(store.read('services/login').etag).toBe(untouched);
    expect(store.read(`serviceAccounts/${email}`).bindings).toEqual([]);
    expect([...store.entries()].map(([resource]) => resource)).not.toContain(`serviceAccounts/${email}`);
  });
});

describe('an account that comes back', () => {
  const account = { email: 'login-run@p.iam.gserviceaccount.com', uniqueId: '17' };
  const member = `serviceAccount:${account.email}`;
  const own = `serviceAccounts/${account.email}` as const;
  const kept = `serviceAccounts/${account.uniqueId}` as const;

  test('holds what it held, and its own policy is what it was, kept by its unique id meanwhile', () => {
    const user = { role: 'roles/iam.serviceAccountUser', members: [ada] };
    const store = storeOf({
      initial: [
        [search, [bound(ada, member)]],
        [own, [user]],
      ],
    });
    const names = () => [...store.entries()].map(([resource]) => resource).toSorted();
    const policy = store.read(own);
    store.forget(account);
    expect(names()).toEqual([kept, search]);
    expect(store.read(kept)).toBe(policy);
    store.recall(account);
    expect(names()).toEqual([own, search]);
    expect(store.read(own)).toBe(policy);
    expect(store.read(search).bindings).toEqual([bound(ada, member)]);
  });

  test('without a policy of its own has none afterwards', () => {
    const store = storeOf({ initial: [[search, [bound(member)]]] });
    store.forget(account);
    expect([...store.entries()].map(([resource]) => resource)).toEqual([search]);
    store.recall(account);
    expect([...store.entries()].map(([resource]) => resource)).toEqual([search]);
    expect(store.read(own).etag).toBe('ACAB');
  });
});

describe('a role', () => {
  const gone = { role: 'projects/p/roles/gone', members: [ada] };
  const unsupported = (role: string) => `Role ${role} is not supported for this resource.`;

  test('that is none is refused by its name, and nothing is written', () => {
    const store = storeOf();
    for (const role of ['roles/run.invokerr', 'projects/p/roles/gone'])
      expect(() => store.write(search, { bindings: [bound(eve), { ...gone, role }] })).toThrow(
        expect.objectContaining({ status: 'INVALID_ARGUMENT', message: unsupported(role) }),
      );
    expect([...store.entries()]).toEqual([]);
  });

  test('that was deleted since stays where it is named, and comes into no other policy', () => {
    const store = storeOf({ initial: [[search, [gone]]] });
    expect(store.grant(search, invoker, eve).bindings).toEqual([gone, bound(eve)]);
    expect(store.grant(search, gone.role, eve).bindings[0]?.members).toEqual([ada, eve]);
    expect(() => store.grant('services/login', gone.role, eve)).toThrow(unsupported(gone.role));
    expect(() => store.grant(search, 'projects/p/roles/other', eve)).toThrow(unsupported('projects/p/roles/other'));
  });

  test('that changes makes a stamp that there was not before, whatever is written meanwhile', () => {
    let changes = 0;
    const store = storeOf({ roles: { isGrantable: () => true, changes: () => changes } });
    const stamps = [store.stamp()];
    for (let times = 0; times < 3; times++) {
      changes++;
      stamps.push(store.stamp());
      store.grant(search, invoker, ada);
      stamps.push(store.stamp());
    }
    expect(new Set(stamps).size).toBe(stamps.length);
  });
});

describe('a condition that says what is not meant', () => {
  const policy = {
    bindings: [{ ...bound(ada), condition: { title: 'not there', expression: 'request.path != "/secret"' } }],
    version: 3,
  };

  test('is written, and warned of where somebody listens', () => {
    const warnings: string[] = [];
    expect(storeOf({ warn: (warning) => warnings.push(warning) }).write(search, policy).version).toBe(3);
    expect(warnings).toEqual([expect.stringContaining('/secret')]);
    expect(storeOf().write(search, policy).version).toBe(3);
  });
});

describe('a resource', () => {
  test.each([
    ...(['project', 'services/search', 'services/europe-west9/search', 'jobs/a', 'workerPools/a'] as const),
    'serviceAccounts/a@p.iam.gserviceaccount.com' as const,
  ])('may be %s', (resource) => {
    expect(storeOf().grant(resource, invoker, ada).bindings).toEqual([bound(ada)]);
  });

  test.each([
    ...['', 'projects', 'xproject', 'services/', 'services/a/b/c', 'services//b', 'x services/a', 'jobs/', 'jobs/a/b'],
    ...['workerPools/a/b', 'executions/a', 'services/a\n/'],
  ])('is not %j, and nothing is written there', (resource) => {
    const store = storeOf();
    expect(() => store.grant(resource as never, invoker, ada)).toThrow(invalid);
    expect(() => store.grant(resource as never, invoker, ada)).toThrow(`${resource} is no resource with a policy.`);
    expect([...store.entries()]).toEqual([]);
  });
});

describe('what could not be saved', () => {
  test('is taken back, as if it had never been, and what was seen of it counts no more', () => {
    const store = storeOf({ initial: [[search, [bound(ada)]]] });
    const before = store.read(search);
    const undo = store.remember();
    store.grant(search, invoker, eve);
    store.grant('services/login', invoker, eve);
    const stamp = store.stamp();
    undo();
    expect(store.read(search)).toBe(before);
    expect([...store.entries()].map(([resource]) => resource)).toEqual([search]);
    expect(store.effective(search)).toEqual([before]);
    expect(store.stamp()).not.toBe(stamp);
    store.grant(search, invoker, eve);
    expect(store.stamp()).not.toBe(stamp);
  });
});
