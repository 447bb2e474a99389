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
  type Sender,
  serviceAccountEmail,
  sourceOf,
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
senders:
  changes: { pubsub: { topic: profiles, ordering: true, filter: 'attributes.kind = "a"', minBackoff: 10, maxBackoff: 60, deadLetter: { topic: dead-ones } }, from: [front, nightly], to: back, path: /events }
  raw: { pubsub: { topic: projects/other-project/topics/all, subscription: raw-ones, unwrapped: true, metadata: true }, from: [back], to: ledger }
  welcome: { tasks: { queue: welcome, maxAttempts: -1 }, from: [front, other], to: front, path: /welcome }
  bills: { tasks: { queue: bills, maxRetryDuration: 60 }, from: [ledger], to: payments, serviceAccount: billing-run }
  rebuild: { scheduler: { schedule: "0 3 * * *", timeZone: Europe/Berlin, body: '{"a":1}', headers: { X-A: "1" } }, to: back, path: /rebuild }
  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: profiles }, from: [front], to: back, path: /audit }
  uploads: { eventarc: { type: google.cloud.storage.object.v1.finalized, filters: { bucket: b } }, to: ledger }
  theirs: { pubsub: { topic: orders }, project: other-project, to: ledger }
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
    const source = (sender: Sender) => sourceOf(sender, { projectId: place.project, region: place.region });
    return sorted(environmentOf(declaration, name, { urlOf, emailOf, sourceOf: source }));
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
      'audit-run',
      'billing-run',
      'changes-run',
      'ci-run',
      'front-run',
      'ledger-run',
      'mailer-run',
      'nightly-run',
      'raw-run',
      'rebuild-run',
      'shared-account',
      'stranger',
      'uploads-run',
      'weekly-run',
      'welcome-run',
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

  test('what senders are made of is as run-edges deploy makes it', () => {
    const back = `https://back-${place.number}.europe-west4.run.app`;
    const ledger = `https://ledger-${place.number}.${place.region}.run.app`;
    const { senders } = derived;
    expect(senders.topics).toEqual({
      profiles: 'projects/demo-project/topics/profiles',
      'dead-ones': 'projects/demo-project/topics/dead-ones',
    });
    expect(senders.subscriptions).toEqual({
      changes: {
        ...{ topic: 'projects/demo-project/topics/profiles', endpoint: `${back}/events`, audience: back },
        ...{ account: email('changes-run'), ack_deadline: 10, filter: 'attributes.kind = "a"', ordering: true },
        ...{ min_backoff: '10s', max_backoff: '60s', unwrapped: false, metadata: false },
        ...{ dead_topic: 'projects/demo-project/topics/dead-ones', most_attempts: 5 },
      },
      'raw-ones': {
        ...{ topic: 'projects/other-project/topics/all', endpoint: `${ledger}/`, audience: ledger },
        ...{ account: email('raw-run'), ack_deadline: 10, filter: null, ordering: false },
        ...{ min_backoff: null, max_backoff: null, unwrapped: true, metadata: true },
        ...{ dead_topic: null, most_attempts: 5 },
      },
    });
    expect(senders.queues).toEqual({
      welcome: {
        ...{ most_per_second: 500, most_at_once: 1000, most_attempts: -1, most_duration: null },
        ...{ min_backoff: '0.1s', max_backoff: '3600s', most_doublings: 16 },
      },
      bills: expect.objectContaining({ most_attempts: 100, most_duration: '60s' }),
    });
    expect(senders.schedules).toEqual({
      rebuild: {
        ...{ schedule: '0 3 * * *', time_zone: 'Europe/Berlin', uri: `${back}/rebuild`, method: 'POST' },
        ...{ body: Buffer.from('{"a":1}').toString('base64'), headers: { 'X-A': '1' }, deadline: '180s', retries: 0 },
        ...{ account: email('rebuild-run'), audience: back },
        ...{ most_duration: '0s', min_backoff: '5s', max_backoff: '3600s', most_doublings: 5 },
      },
    });
    expect(senders.triggers).toEqual({
      audit: {
        filters: { type: 'google.cloud.pubsub.topic.v1.messagePublished' },
        ...{ topic: 'projects/demo-project/topics/profiles', account: email('audit-run') },
        ...{ service: 'back', region: 'europe-west4', path: '/audit' },
      },
      uploads: {
        filters: { type: 'google.cloud.storage.object.v1.finalized', bucket: 'b' },
        ...{ topic: null, account: email('uploads-run') },
        ...{ service: 'ledger', region: place.region, path: '/' },
      },
    });
  });

  test('who may make senders call is granted that, and nobody else', () => {
    const agent = `serviceAccount:service-${place.number}@gcp-sa-pubsub.iam.gserviceaccount.com`;
    const account = (id: string) => `serviceAccount:${email(id)}`;
    const said = Object.values(derived.senders.grants).map(
      ({ on, name, role, member }) => `${on} ${name} ${role} ${member}`,
    );
    expect(said.toSorted()).toEqual(
      [
        `topic profiles roles/pubsub.publisher ${account('front-run')}`,
        `topic profiles roles/pubsub.publisher ${account('nightly-run')}`,
        `topic dead-ones roles/pubsub.publisher ${agent}`,
        `subscription changes roles/pubsub.subscriber ${agent}`,
        `queue welcome roles/cloudtasks.enqueuer ${account('front-run')}`,
        `queue welcome roles/cloudtasks.enqueuer ${account('shared-account')}`,
        `account welcome roles/iam.serviceAccountUser ${account('front-run')}`,
        `account welcome roles/iam.serviceAccountUser ${account('shared-account')}`,
        `queue bills roles/cloudtasks.enqueuer ${account('ledger-run')}`,
        `account bills roles/iam.serviceAccountUser ${account('ledger-run')}`,
        `project demo-project roles/eventarc.eventReceiver ${account('audit-run')}`,
        `project demo-project roles/eventarc.eventReceiver ${account('uploads-run')}`,
      ].toSorted(),
    );
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
