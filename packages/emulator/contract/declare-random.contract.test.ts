import fc from 'fast-check';
import { expect, test } from 'vitest';
import { declaringCloud, names } from './declaring-cloud.ts';

/** What a file says of one service, of a caller that is no service and of a receiver that others own. */
const edgesTo = (known: readonly string[]) => fc.subarray([...known]);
const external = ['payments', 'tax'] as const;
const everybody = [...names, ...external];

const service = fc.record(
  {
    public: fc.boolean(),
    calls: edgesTo(everybody),
    regions: fc.subarray(['europe-west1', 'us-central1'], { minLength: 1 }),
    serviceAccount: fc.constantFrom('shared-run', 'other-run'),
    ingress: fc.constantFrom('all', 'internal'),
    env: fc.constantFrom({ A: '1' }, { A: '2', B: '3' }),
  },
  { requiredKeys: [] },
);
const members = {
  oncall: ['user:ada@example.com', 'group:crew@example.com'],
  partner: ['serviceAccount:b@other-project.iam.gserviceaccount.com', 'domain:example.org'],
} as const;
const principal = (name: keyof typeof members) =>
  fc.record({ member: fc.constantFrom(...members[name]), calls: edgesTo(everybody) }, { requiredKeys: ['member'] });

/** A file in which only what is declared is called. */
const file = fc
  .record({
    services: fc
      .subarray([...names], { minLength: 1 })
      .chain((there) => fc.record(Object.fromEntries(there.map((name) => [name, service])))),
    principals: fc
      .subarray(['oncall', 'partner'] as const)
      .chain((there) => fc.record(Object.fromEntries(there.map((name) => [name, principal(name)])))),
    external: fc
      .subarray([...external])
      .map((there) => Object.fromEntries(there.map((name) => [name, { url: `https://${name}.example.net` }]))),
  })
  .map((given) => {
    const known = [...Object.keys(given.services), ...Object.keys(given.external)];
    const within = <T extends { calls?: string[] }>(entries: Record<string, T>) =>
      Object.fromEntries(
        Object.entries(entries).map(([name, entry]) => [
          name,
          { ...entry, calls: (entry.calls ?? []).filter((one) => known.includes(one)) },
        ]),
      );
    return JSON.stringify({
      services: within(given.services),
      principals: within(given.principals),
      external: given.external,
    });
  });

/** What there is, but for what no two starts have alike: ports, ids, generations, times. */
async function stateOf({ cloud, allowed, policies }: Awaited<ReturnType<typeof declaringCloud>>) {
  const everywhere = [...cloud.services, ...cloud.external].map(({ name, url }) => [url, name] as const);
  const placed = (env: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(env)
        .filter(([name]) => name.endsWith('_URL') || ['ALLOWED_CALLERS', 'A', 'B', 'K_SERVICE'].includes(name))
        .filter(([name]) => name !== 'GOOGLE_CERTS_URL')
        .map(([name, value]) => [name, everywhere.find(([url]) => url === value)?.[1] ?? value]),
    );
  return {
    services: cloud.services.map(({ name, state, env, frontEnd, origins, listed }) => ({
      name,
      state,
      env: placed(env),
      frontEnd,
      account: listed().serviceAccount,
      audiences: origins.filter((origin) => origin.startsWith('https:')),
    })),
    external: cloud.external.map(({ name, standsFor, audience }) => ({ name, standsFor, audience })),
    // An empty policy and none let in as many.
    policies: Object.fromEntries(Object.entries(policies()).filter(([, bindings]) => bindings.length > 0)),
    allowed: await allowed(),
  };
}

test('however a declaration came to be, all is as if it were the first', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 2, maxLength: 6 }), async (files) => {
      await using changed = await declaringCloud(files[0] ?? '', { isolation: 'none' });
      for (const one of files.slice(1, -1)) await changed.cloud.declare(changed.read(one));
      const last = files.at(-1) ?? '';
      expect(await changed.declare(last)).toEqual([]);
      await using fresh = await declaringCloud(last, { isolation: 'none' });
      expect(await stateOf(changed)).toEqual(await stateOf(fresh));
    }),
    { numRuns: 8, endOnFailure: true },
  );
});
