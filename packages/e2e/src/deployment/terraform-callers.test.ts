import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Declaration,
  declaredBindings,
  deterministicUrl,
  environmentOf,
  findCaller,
  memberOf,
  readDeclaration,
  serviceAccountEmail,
} from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { type Derived, openTerraformModule, type Placed, place, type TerraformModule } from './terraform-module.ts';

const { title, missing } = await findToolchain({ name: 'terraform', commands: ['terraform'] });

const set =
  'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/attribute.repository/a/b';
/** Every kind of caller, edges that are limited in each way, regions, images, an account that two share. */
const text = `services:
  front:
    public: true
    calls: [back, payments, ledger]
    regions: [us-east1, europe-west4]
    image: "example.com/front:2"
    env: { UPSTREAM: "\${services.back.url}/v1 \${services.front.url}" }
  back: { calls: [back], regions: [europe-west4], serviceAccount: shared-account, maxInstances: 3 }
  other: { calls: [{ to: back, paths: [/x/*, /y], until: 2027-01-31 }], serviceAccount: shared-account }
  ledger: { calls: [ledger-of-others] }
jobs:
  nightly: { image: example.com/nightly, calls: [back, ledger], command: [node, "a,b.js"], tasks: 3, parallelism: 2, maxRetries: 0, timeout: 60 }
  weekly: { calls: [{ to: ledger, paths: [/only] }], regions: [us-east1, europe-west4], env: { WEEK: "1" } }
workerPools:
  mailer: { image: example.com/mailer, calls: [front, payments], instances: 2 }
principals:
  support: { member: "group:support@example.com", calls: [back] }
  ada: { member: "user:ada@example.com", calls: [{ to: ledger, until: 2027-12-31 }] }
  billing: { member: "serviceAccount:billing@other-project.iam.gserviceaccount.com", calls: [{ to: ledger, until: 2027-12-31 }] }
  ci: { member: "${set}", calls: [{ to: back, paths: [/health/*] }] }
external:
  payments: { url: "https://payments.example.com", audience: pay }
  ledger-of-others: { url: "https://ledger.example.com" }
accepted:
  - { member: "user:owner@example.com", on: project, reason: break glass }
never: [ada -> back]
`;

describe.skipIf(missing)(title, () => {
  let module: TerraformModule;
  let declaration: Declaration;
  let derived: Derived;
  beforeAll(async () => {
    module = await openTerraformModule();
    const file = join(module.folder, 'edges.yaml');
    writeFileSync(file, text);
    declaration = readDeclaration(file);
    derived = await module.evaluate(file);
  }, 120_000);
  afterAll(() => module[Symbol.asyncDispose]());

  const email = (id: string) => serviceAccountEmail(id, place.project);
  const named = (name: string) =>
    [...declaration.services, ...(declaration.jobs ?? []), ...(declaration.workerPools ?? [])].find(
      (one) => one.name === name,
    );
  const regionsOf = (name: string) => named(name)?.regions ?? [place.region];

  /** The environment of one of them in a region, as the declaration's own package derives it. */
  function environment(name: string, region: string): Record<string, string> {
    const urlOf = (service: string) => {
      const regions = regionsOf(service);
      const nearest = regions.includes(region) ? region : (regions[0] ?? '');
      return deterministicUrl(service, { number: place.number, region: nearest });
    };
    const emailOf = (caller: string) => email(findCaller(declaration, caller)?.serviceAccount ?? caller);
    return sorted(environmentOf(declaration, name, { urlOf, emailOf }));
  }

  function sorted({ ALLOWED_CALLERS: callers, ...rest }: Record<string, string>): Record<string, string> {
    return callers === undefined ? rest : { ...rest, ALLOWED_CALLERS: callers.split(',').sort().join(',') };
  }

  const placesOf = (all: Record<string, Placed>) => Object.values(all).map(({ name, region }) => `${name} ${region}`);

  test('each is in each of its regions, by a key that says so where it has some', () => {
    expect(placesOf(derived.services)).toEqual([
      'back europe-west4',
      'front europe-west4',
      'front us-east1',
      `ledger ${place.region}`,
      `other ${place.region}`,
    ]);
    expect(Object.keys(derived.services)).toEqual([
      ...['back@europe-west4', 'front@europe-west4', 'front@us-east1', 'ledger', 'other'],
    ]);
    expect(placesOf(derived.jobs)).toEqual([`nightly ${place.region}`, 'weekly europe-west4', 'weekly us-east1']);
    expect(placesOf(derived.worker_pools)).toEqual([`mailer ${place.region}`]);
  });

  test('each is told what it is told by run-edges deploy, in each region', () => {
    const all = { ...derived.services, ...derived.jobs, ...derived.worker_pools };
    expect(Object.values(all).map(({ env }) => sorted(env))).toEqual(
      Object.values(all).map(({ name, region }) => environment(name, region)),
    );
    expect(derived.services['front@us-east1']?.env).toMatchObject({
      SERVICE_URL: `https://front-${place.number}.us-east1.run.app`,
      BACK_URL: `https://back-${place.number}.europe-west4.run.app`,
      PAYMENTS_AUDIENCE: 'pay',
    });
    expect(derived.services['back@europe-west4']?.env.ALLOWED_CALLERS).toBe('*');
  });

  test('jobs and worker pools have what is declared, and images are used as they are', () => {
    expect(derived.jobs.nightly).toMatchObject({
      ...{ image: 'example.com/nightly', command: ['node', 'a,b.js'], account: 'nightly' },
      ...{ tasks: 3, parallelism: 2, max_retries: 0, timeout: 60 },
    });
    expect(derived.jobs['weekly@us-east1']).toMatchObject({
      ...{ image: null, command: [], tasks: 1, parallelism: 0, max_retries: 3, timeout: 600 },
    });
    expect(derived.worker_pools.mailer).toMatchObject({ image: 'example.com/mailer', instances: 2, account: 'mailer' });
    expect(derived.services['front@us-east1']?.image).toBe('example.com/front:2');
    expect(derived.services['back@europe-west4']?.max_instances).toBe(3);
  });

  test('an account is made once, whoever shares it; who has an identity elsewhere gets none', () => {
    expect(Object.values(derived.identities).toSorted()).toEqual([
      'ci-run',
      'front-run',
      'ledger-run',
      'mailer-run',
      'nightly-run',
      'shared-account',
      'stranger',
      'weekly-run',
    ]);
    expect(derived.holders.other).toBe(derived.holders.back);
    expect(derived.federated).toEqual({ ci: { account: 'ci', member: set } });
  });

  test('each is granted what it is granted by run-edges deploy, on the same conditions, in each region', () => {
    const wanted = declaration.services.flatMap(({ name, regions }) => {
      const bindings = declaredBindings(declaration, name, (caller) => memberOf(caller, place.project));
      const keys = regions === undefined ? [name] : regions.map((region) => `${name}@${region}`);
      return keys.flatMap((key) =>
        bindings.flatMap(({ members, condition }) => members.map((member) => grant(key, member, condition))),
      );
    });
    expect(wanted.some((one) => one.includes('(request.path.startsWith'))).toBe(true);
    const additive = Object.values(derived.edges).map((one) => grant(one.receiver, one.member, one.condition));
    expect(additive.toSorted()).toEqual(wanted.toSorted());
    const authoritative = [
      ...Object.entries(derived.invokers).flatMap(([key, members]) =>
        members.map((member) => grant(key, member, null)),
      ),
      ...Object.values(derived.limited_invokers).flatMap(({ receiver, members, condition }) =>
        members.map((member) => grant(receiver, member, condition)),
      ),
    ];
    expect(authoritative.toSorted()).toEqual(wanted.toSorted());
  });

  test('a receiver of others, and what is accepted, is granted nothing', () => {
    expect(JSON.stringify(derived.edges)).not.toMatch(/payments|ledger-of-others|owner@example\.com/);
  });
});

function grant(
  receiver: string,
  member: string,
  condition: { title: string; expression: string } | null | undefined,
): string {
  return `${receiver} ${member} ${condition?.title ?? ''} ${condition?.expression ?? ''}`;
}
