import { describe, expect, test } from 'vitest';
import { createPolicyStore } from './policy-store.ts';

const resource = 'services/search';
const invoker = 'roles/run.invoker';
const ada = 'user:ada@example.com';

function storeOf({ delay = 0 } = {}) {
  let clock = 1000;
  const store = createPolicyStore({ elapsed: () => clock * 1000, delay: () => delay });
  return { store, pass: (seconds: number) => (clock += seconds) };
}

describe('a policy store', () => {
  test('a policy that was never set has Google’s etag and no bindings', () => {
    expect(storeOf().store.read(resource)).toEqual({ version: 1, etag: 'ACAB', bindings: [] });
  });

  test('every write changes the etag, which is base64', () => {
    const { store } = storeOf();
    const first = store.write(resource, { bindings: [{ role: invoker, members: [ada] }], etag: 'ACAB' });
    const second = store.write(resource, { bindings: [], etag: first.etag });
    expect(first.etag).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(second.etag).not.toBe(first.etag);
  });

  test('a stale etag is refused and changes nothing; none at all overwrites', () => {
    const { store } = storeOf();
    const { etag } = store.grant(resource, invoker, ada);
    store.grant(resource, invoker, 'user:eve@example.com');
    expect(() => store.write(resource, { bindings: [], etag })).toThrow(
      expect.objectContaining({
        status: 'ABORTED',
        message: expect.stringContaining('There were concurrent policy changes.'),
      }),
    );
    expect(store.read(resource).bindings[0]?.members).toHaveLength(2);
    expect(store.write(resource, { bindings: [] }).bindings).toEqual([]);
  });

  test('bindings of one role are merged, members once, empty ones dropped; a condition keeps them apart', () => {
    const { store } = storeOf();
    const condition = { title: 'path', expression: 'request.path == "/a"' };
    store.grant(resource, invoker, ada);
    store.grant(resource, invoker, ada);
    expect(store.grant(resource, invoker, ada, condition)).toMatchObject({
      version: 3,
      bindings: [
        { role: invoker, members: [ada] },
        { role: invoker, members: [ada], condition },
      ],
    });
    expect(store.revoke(resource, invoker, ada).bindings).toEqual([]);
  });

  test.each([
    ['a role that is none', [{ role: 'invoker', members: [ada] }], 1],
    ['a member without its kind', [{ role: invoker, members: ['ada@example.com'] }], 1],
    ['a member of an unknown kind', [{ role: invoker, members: ['robot:ada@example.com'] }], 1],
    ['an empty e-mail', [{ role: invoker, members: ['user:'] }], 1],
    ['a version that is none', [], 2],
    [
      'a condition below version 3',
      [{ role: invoker, members: [ada], condition: { title: 't', expression: 'true' } }],
      1,
    ],
    [
      'a condition that is none',
      [{ role: invoker, members: [ada], condition: { title: 't', expression: 'request.' } }],
      3,
    ],
    [
      'more than 1,500 members',
      [{ role: invoker, members: Array.from({ length: 1501 }, (_, n) => `user:u${n}@example.com`) }],
      1,
    ],
    [
      'more than 250 groups',
      [{ role: invoker, members: Array.from({ length: 251 }, (_, n) => `group:g${n}@example.com`) }],
      1,
    ],
  ])('%s is refused', (_what, bindings, version) => {
    const { store } = storeOf();
    expect(() => store.write(resource, { bindings, version })).toThrow(
      expect.objectContaining({ status: 'INVALID_ARGUMENT' }),
    );
    expect(store.read(resource).etag).toBe('ACAB');
  });

  test('the project’s policy counts for what is in it', () => {
    const { store } = storeOf();
    store.grant('project', 'roles/run.admin', ada);
    expect(store.effective(resource).flatMap(({ bindings }) => bindings)).toMatchObject([{ role: 'roles/run.admin' }]);
  });

  test('with a delay a change counts late, granting and revoking alike, while reading shows it at once', () => {
    const { store, pass } = storeOf({ delay: 120 });
    const members = () =>
      store
        .effective(resource)
        .flatMap(({ bindings }) => bindings)
        .flatMap((binding) => binding.members);
    store.grant(resource, invoker, ada);
    expect(store.read(resource).bindings).toHaveLength(1);
    pass(119);
    expect(members()).toEqual([]);
    pass(1);
    expect(members()).toEqual([ada]);
    store.revoke(resource, invoker, ada);
    pass(119);
    expect(members()).toEqual([ada]);
    pass(1);
    expect(members()).toEqual([]);
  });
});
