import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { explainEdge } from './explain-edge.ts';

const set = 'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/*';
const declaration = parseDeclaration(
  `services:
  search: {}
  one: { serviceAccount: shared-run, calls: [search] }
  two: { serviceAccount: shared-run }
jobs: { nightly: { calls: [search] } }
principals:
  support: { member: "group:support@example.com" }
  staff: { member: "domain:example.com", calls: [search] }
  ada: { member: "user:ada@example.com" }
  ci: { member: "${set}", calls: [{ to: search, paths: [/health/*], until: 2099-01-31 }] }
  lapsed: { member: "user:old@example.org", calls: [{ to: search, until: 2020-01-31 }] }
  shop: { member: "serviceAccount:shop@other.iam.gserviceaccount.com", calls: [payments] }
external: { payments: { url: https://payments.example.com } }
`,
  'edges.yaml',
);
const ciAccount = 'ci-run@run-edges-local.iam.gserviceaccount.com';

describe('an edge is explained', () => {
  test.each([
    ['support', 'group:support@example.com', 'add search to the calls of principals.support in edges.yaml'],
    ['nightly', 'nightly-run@run-edges-local.iam.gserviceaccount.com', 'take search from the calls of jobs.nightly in'],
    ['staff', 'domain:example.com', 'take search from the calls of principals.staff in edges.yaml'],
    ['ada', 'ada@example.com', 'take search from the calls of principals.staff in edges.yaml'],
    ['two', 'shared-run@run-edges-local.iam.gserviceaccount.com', 'take search from the calls of one in edges.yaml'],
    ['ci', `${ciAccount}, as which ${set} acts`, `remove-iam-policy-binding search`],
  ])('of %s, who is %s, with what would change it', (caller, identity, mend) => {
    expect(explainEdge(declaration, caller, 'search')).toMatchObject({
      identity,
      mend: expect.stringContaining(mend),
    });
  });

  test('by the condition that it has, and when its time is over', () => {
    expect(explainEdge(declaration, 'ci', 'search')).toMatchObject({
      verdict: 'allowed',
      reason: 'declared: ci calls search at /health/* until 2099-01-31',
    });
    expect(explainEdge(declaration, 'lapsed', 'search')).toMatchObject({
      verdict: 'forbidden',
      reason: expect.stringContaining('not declared any more'),
    });
    const before = Date.parse('2020-01-31T23:59:59Z') / 1000;
    expect(explainEdge(declaration, 'lapsed', 'search', { now: before }).verdict).toBe('allowed');
  });

  test('with the condition of whoever is let in on one, beside which a grant says that it has none', () => {
    const { invokers, mend } = explainEdge(declaration, 'support', 'search');
    expect(invokers).toContain(
      `serviceAccount:${ciAccount} (on the condition "run-edges: limited paths until 2099-01-31")`,
    );
    expect(mend).toContain('--condition=None');
    expect(explainEdge(declaration, 'support', 'payments').mend).not.toContain('--condition');
  });

  test('with a command for each region of the receiver: one alone would leave the others as they are', () => {
    const text =
      'services: { shop: { serviceAccount: shop-run, calls: [search] }, search: { regions: [europe-west1, us-central1] }, other-one: {} }';
    const regional = parseDeclaration(text, 'edges.yaml');
    const regionsIn = (mend: string) =>
      [...mend.matchAll(/binding search --region=(\S+)/g)].map(([, region]) => region);
    for (const caller of ['shop', 'other-one'])
      expect(regionsIn(explainEdge(regional, caller, 'search').mend), caller).toEqual(['europe-west1', 'us-central1']);
    const live = { caller: 'shop', receiver: 'search', by: null, path: '/', grants: [], failing: [] };
    expect(regionsIn(explainEdge(regional, 'shop', 'search', { edges: [live] }).mend)).toEqual(['us-central1']);
  });

  test('with the line of never that rules it out, and no other', () => {
    const text =
      'services: { search: {}, shop-one: { calls: [] }, ledger: { calls: [search] } }\nnever: [shop-one -> search, anonymous -> *]';
    const strict = parseDeclaration(text, 'edges.yaml');
    const ruled = (caller: string, receiver: string) =>
      /has "(.*)" under never/.exec(explainEdge(strict, caller, receiver).mend)?.[1];
    expect(ruled('shop-one', 'search')).toBe('shop-one -> search');
    expect(ruled('anonymous', 'ledger')).toBe('anonymous -> *');
    for (const [caller, receiver] of [
      ['ledger', 'search'],
      ['shop-one', 'ledger'],
      ['stranger', 'search'],
    ] as const)
      expect(ruled(caller, receiver), caller).toBeUndefined();
  });

  test('by the policies of an emulator, where the limited grant is gone: with the command that gives it back', () => {
    const gone = { caller: 'ci', receiver: 'search', by: null, path: '/health/', grants: [], failing: [] };
    expect(explainEdge(declaration, 'ci', 'search', { edges: [gone], conditional: true })).toMatchObject({
      verdict: 'forbidden',
      mend: expect.stringContaining('startsWith("/health/") && request.time'),
    });
    const condition = {
      title: 'run-edges: limited paths until 2099-01-31',
      expression: 'request.path.startsWith("/health/") && request.time < timestamp("2099-02-01T00:00:00Z")',
    };
    const member = `serviceAccount:${ciAccount}`;
    const grant = { member, role: 'roles/run.invoker', resource: 'services/search', condition } as const;
    const there = { ...gone, by: member, grants: [grant] };
    expect(explainEdge(declaration, 'ci', 'search', { edges: [there] })).toEqual(
      explainEdge(declaration, 'ci', 'search'),
    );
  });

  test('to a receiver of others without a command: it is theirs', () => {
    for (const caller of ['shop', 'ada', 'stranger', 'anonymous']) {
      const { verdict, mend, audiences } = explainEdge(declaration, caller, 'payments');
      expect(verdict, caller).toBe(caller === 'shop' ? 'allowed' : 'forbidden');
      expect(mend).not.toContain('gcloud');
      expect(audiences).toEqual(['https://payments.example.com']);
    }
  });
});
