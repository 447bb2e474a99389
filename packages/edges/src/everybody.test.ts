import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredBindings } from './bindings.ts';
import { type Caller, callersOf, findCaller, memberOf } from './callers.ts';
import type { Declaration } from './declaration.ts';
import { environmentOf } from './environment.ts';
import { declaredCalls, invokersOf, mayCall } from './grants.ts';
import { matrix } from './matrix.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { receiversOf } from './receivers.ts';

const everybody = parseDeclaration(
  `x-common: &common { LOG_LEVEL: debug }
services:
  web: { public: true, calls: [profiles, payments], owner: team-a }
  profiles: { calls: [profiles, search], regions: [europe-west1, us-central1] }
  search: { image: "europe-docker.pkg.dev/acme/apps/search:1", x-tier: 1 }
jobs:
  nightly: { source: ../jobs/nightly, calls: [search], tasks: 3, command: [node, report.js], env: *common }
workerPools:
  mailer: { build: { context: ../pools/mailer }, calls: [profiles], instances: 2 }
  mailer-b: { serviceAccount: mailer-run }
principals:
  support: { member: "group:support@example.com", calls: [profiles] }
  billing: { member: "serviceAccount:billing@other-project.iam.gserviceaccount.com", calls: [search, payments] }
  ci:
    member: principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/attribute.repository/acme/app
    calls: [{ to: search, paths: [/health/*, /version], until: 2027-01-31 }]
external:
  payments: { url: "https://payments-1.europe-west1.run.app", audience: "https://payments.example.com" }
accepted:
  - { member: "user:owner@example.com", on: project, reason: break glass, until: 2027-06-30 }
never:
  - web -> search
  - anonymous -> search
`,
  'infra/edges.yaml',
);

const before = { now: new Date('2027-01-31T23:59:59Z') };
const after = { now: new Date('2027-02-01T00:00:00Z') };
const cell = (caller: string, receiver: string, options = before) =>
  matrix(everybody, options).find((each) => each.caller === caller && each.receiver === receiver);

describe('a declaration with every kind of caller', () => {
  it('is read with its defaults', () => {
    expect(everybody.jobs).toEqual([
      {
        name: 'nightly',
        calls: ['search'],
        serviceAccount: 'nightly-run',
        source: resolve('jobs/nightly'),
        env: { LOG_LEVEL: 'debug' },
        command: ['node', 'report.js'],
        tasks: 3,
        parallelism: 0,
        maxRetries: 3,
        timeout: 600,
      },
    ]);
    expect(everybody.workerPools?.[0]).toMatchObject({
      instances: 2,
      build: { context: resolve('pools/mailer'), dockerfile: resolve('pools/mailer/Dockerfile') },
    });
    expect(everybody.principals?.[2]).toEqual({
      name: 'ci',
      member:
        'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/attribute.repository/acme/app',
      serviceAccount: 'ci-run',
      calls: ['search'],
      limits: { search: { paths: ['/health/*', '/version'], until: '2027-01-31' } },
    });
    expect(everybody.external).toEqual([
      { name: 'payments', url: 'https://payments-1.europe-west1.run.app', audience: 'https://payments.example.com' },
    ]);
    expect(everybody.accepted).toEqual([
      { member: 'user:owner@example.com', on: 'project', reason: 'break glass', until: '2027-06-30' },
    ]);
    expect(everybody.never).toEqual([
      { caller: 'web', receiver: 'search' },
      { caller: 'anonymous', receiver: 'search' },
    ]);
  });

  it('has a row for each caller and a column for each receiver', () => {
    const cells = matrix(everybody, before);
    const callers = ['web', 'profiles', 'search', 'nightly', 'mailer', 'mailer-b', 'support', 'billing', 'ci'];
    expect(callersOf(everybody).map(({ name }) => name)).toEqual(callers);
    expect([...new Set(cells.map(({ caller }) => caller))]).toEqual(['anonymous', ...callers, 'stranger']);
    expect(receiversOf(everybody).map(({ name }) => name)).toEqual(['web', 'profiles', 'search', 'payments']);
    expect(cells).toHaveLength(44);
  });

  it.each([
    ['profiles', 'profiles', 'declared: profiles calls profiles'],
    ['nightly', 'search', 'declared: nightly calls search'],
    ['mailer-b', 'profiles', 'declared: mailer calls profiles, and mailer-b runs as the same account'],
    ['support', 'profiles', 'declared: support calls profiles'],
    ['billing', 'payments', 'declared: billing calls payments, which others own'],
  ])('allows %s at %s', (caller, receiver, reason) => {
    expect(cell(caller, receiver)).toEqual({ caller, receiver, expected: 'allowed', reason });
    expect(mayCall(everybody, caller, receiver)).toBe(true);
  });

  it.each([
    ['nightly', 'profiles', 'not declared: nightly does not call profiles'],
    ['search', 'search', 'not declared: search does not call itself'],
    ['anonymous', 'payments', 'no identity: payments is external'],
    ['profiles', 'payments', 'not declared: profiles does not call payments'],
    ['stranger', 'payments', 'not declared: no edge names this service account'],
  ])('forbids %s at %s', (caller, receiver, reason) => {
    expect(cell(caller, receiver)).toEqual({ caller, receiver, expected: 'forbidden', reason });
    expect(mayCall(everybody, caller, receiver)).toBe(false);
  });

  it('allows a limited edge at its paths, to the end of its last day', () => {
    expect(cell('ci', 'search')).toEqual({
      caller: 'ci',
      receiver: 'search',
      expected: 'allowed',
      path: '/health/',
      reason: 'declared: ci calls search at /health/*, /version until 2027-01-31',
    });
    expect(cell('ci', 'search', after)).toEqual({
      caller: 'ci',
      receiver: 'search',
      expected: 'forbidden',
      reason: 'not declared any more: ci called search at /health/*, /version until 2027-01-31',
    });
  });

  it('asks for one binding without a condition, and one for each condition', () => {
    const member = (caller: Caller) => memberOf(caller, 'acme');
    expect(declaredBindings(everybody, 'search', member)).toEqual([
      {
        role: 'roles/run.invoker',
        members: [
          'serviceAccount:profiles-run@acme.iam.gserviceaccount.com',
          'serviceAccount:nightly-run@acme.iam.gserviceaccount.com',
          'serviceAccount:billing@other-project.iam.gserviceaccount.com',
        ],
      },
      {
        role: 'roles/run.invoker',
        members: ['serviceAccount:ci-run@acme.iam.gserviceaccount.com'],
        condition: {
          title: 'run-edges: limited paths until 2027-01-31',
          expression:
            '(request.path.startsWith("/health/") || request.path == "/version") && ' +
            'request.time < timestamp("2027-02-01T00:00:00Z")',
        },
      },
    ]);
    expect(declaredBindings(everybody, 'web', member)).toEqual([{ role: 'roles/run.invoker', members: ['allUsers'] }]);
    expect(declaredBindings(everybody, 'payments', member)).toEqual([]);
  });

  it('lists who is declared', () => {
    expect(invokersOf(everybody, 'profiles')).toEqual(['web', 'profiles', 'mailer', 'support']);
    expect(invokersOf(everybody, 'payments')).toEqual(['web', 'billing']);
    expect(declaredCalls(everybody)).toContain('ci search at /health/*, /version until 2027-01-31');
    expect(findCaller(everybody, 'payments')).toBeUndefined();
  });

  it('tells each what it needs to know, and no more', () => {
    const addresses = { urlOf: (name: string) => `https://${name}.test`, emailOf: (name: string) => `${name}@acme` };
    expect(environmentOf(everybody, 'web', addresses)).toEqual({
      SERVICE_URL: 'https://web.test',
      PROFILES_URL: 'https://profiles.test',
      PAYMENTS_URL: 'https://payments-1.europe-west1.run.app',
      PAYMENTS_AUDIENCE: 'https://payments.example.com',
    });
    expect(environmentOf(everybody, 'nightly', addresses)).toEqual({
      WEB_URL: 'https://web.test',
      SEARCH_URL: 'https://search.test',
      LOG_LEVEL: 'debug',
    });
    expect(environmentOf(everybody, 'search', addresses)).toMatchObject({
      ALLOWED_CALLERS: 'profiles@acme,nightly@acme,billing@other-project.iam.gserviceaccount.com,ci@acme',
    });
    // No token says who belongs to a group.
    expect(environmentOf(everybody, 'profiles', addresses)).toMatchObject({ ALLOWED_CALLERS: '*' });
    const standIn = { ...addresses, externalUrlOf: () => 'http://localhost:1' };
    expect(environmentOf(everybody, 'billing', standIn)).toMatchObject({
      PAYMENTS_URL: 'http://localhost:1',
      PAYMENTS_AUDIENCE: 'https://payments.example.com',
    });
  });

  it('is taken from a program, too, and refused where a part is none', () => {
    const given = structuredClone(everybody);
    expect(matrix(given, before)).toEqual(matrix(everybody, before));
    const { services, jobs = [], principals = [] } = everybody;
    const wrong: object[] = [
      { jobs: {} },
      { jobs: [null] },
      { jobs: [...jobs, ...jobs] },
      { jobs: [{ ...services[0] }] },
      { jobs: [{ ...jobs[0], tasks: '3' }] },
      { workerPools: [{ ...jobs[0], instances: -1 }] },
      { principals: [{ ...principals[0], member: 1 }] },
      { external: [{ name: 'payments', url: 'https://a' }] },
      { accepted: [{ member: 'user:a@b.c', on: 'project' }] },
      { never: ['web -> search'] },
    ];
    for (const part of wrong)
      expect(() => callersOf({ ...everybody, ...part } as Declaration), JSON.stringify(part)).toThrow(
        expect.objectContaining({ code: 'DECLARATION_INVALID' }),
      );
  });
});
