import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { addApp } from '../support/repository.ts';
import { program, project, startTestProject, type TestProject } from './test-project.ts';

const { title, missing } = await findToolchain({ name: 'gcloud, deploying senders', commands: ['gcloud'] });

/** A sender of each kind, with settings of each sort. */
const edges = `services:
  shop: {}
  stock: {}
senders:
  orders:
    pubsub:
      topic: orders
      ordering: true
      filter: attributes.kind = "new"
      minBackoff: 10
      maxBackoff: 60
      deadLetter: { topic: dead-orders, maxAttempts: 7 }
    from: [shop]
    to: stock
    path: /orders
  raw: { pubsub: { topic: orders, subscription: raw-orders, unwrapped: true, metadata: true }, to: stock }
  restock: { tasks: { queue: restock, maxAttempts: -1, maxPerSecond: 5, maxRetryDuration: 60 }, from: [stock], to: stock, path: /restock }
  nightly: { scheduler: { schedule: "0 3 * * *", timeZone: Europe/Berlin, body: '{"a":1,"b":2}', headers: { X-A: "1,2" }, retries: 2 }, to: stock, path: /count }
  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: orders }, to: stock, path: /audit }
`;
const images = ['--image-prefix', 'example.com/apps', '--tag', 'v1', '--wait', '0'];
const timeout = 900_000;

describe.skipIf(missing)(title, () => {
  let here: TestProject;
  beforeAll(async () => {
    here = await startTestProject(edges, []);
    for (const app of ['shop', 'stock']) addApp(here.folder, app, { program });
  });
  afterAll(() => here?.[Symbol.asyncDispose]());

  test('makes what they are made of, and grants who may set them off', { timeout }, async () => {
    const { code, stdout, stderr } = await here.run('deploy', '--yes', ...images);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('# The senders: topics, subscriptions, queues, schedules and triggers');
    expect(stdout).toContain('# Who may make them call');
  });

  test('a second time there is nothing to do', { timeout }, async () => {
    const { code, stdout } = await here.run('deploy', '--json', ...images);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ off: [], changes: [], commands: [] });
  });

  test('verify finds everything as declared', { timeout }, async () => {
    const { stdout } = await here.run('verify', '--json');
    const rows = JSON.parse(stdout) as { kind: string; path: string; state: string }[];
    expect(rows.filter(({ path, state }) => path === 'sender' && state !== 'declared')).toEqual([]);
    expect(rows.filter(({ kind }) => kind === 'not-seen')).toEqual([]);
  });

  test('what is published arrives, by the sender’s account', { timeout }, async () => {
    const publish = ['pubsub', 'topics', 'publish', 'orders', '--message=hi', '--attribute=kind=new'];
    expect(await here.gcloud(...publish, `--project=${project}`)).toMatchObject({ code: 0 });
    await vi.waitFor(
      () => {
        const decisions = here.cloud.decisions.list();
        for (const [caller, path] of [
          ['orders', '/orders'],
          ['raw', '/'],
          ['audit', '/audit'],
        ])
          expect(decisions).toContainEqual(expect.objectContaining({ caller, path, receiver: 'stock', status: 200 }));
      },
      { timeout: 30_000 },
    );
  });

  test('verify names what was changed by hand, and mends it', { timeout }, async () => {
    const audience = '--push-auth-token-audience=https://elsewhere.example.com';
    const { url } = here.cloud.service('shop');
    for (const command of [
      [
        'pubsub',
        'subscriptions',
        'update',
        'orders',
        `--push-endpoint=${url}/x`,
        audience,
        `--push-auth-service-account=shop-run@${project}.iam.gserviceaccount.com`,
      ],
      [
        'pubsub',
        'topics',
        'add-iam-policy-binding',
        'orders',
        '--member=user:eve@example.com',
        '--role=roles/pubsub.publisher',
      ],
      ['tasks', 'queues', 'update', 'restock', '--max-attempts=3', '--location=us-central1'],
    ]) {
      const { code, stderr } = await here.gcloud(...command, `--project=${project}`);
      expect(code, stderr).toBe(0);
    }
    const drift = async () => {
      const rows = JSON.parse((await here.run('verify', '--json')).stdout) as Record<string, string>[];
      return rows
        .filter(({ path, state }) => path === 'sender' && state === 'drift')
        .map(({ kind, on }) => `${kind} ${on}`);
    };
    expect((await drift()).toSorted()).toEqual(
      ['sender orders', 'sender orders', 'sender restock', 'sets-off orders', 'wrong-identity orders'].toSorted(),
    );
    const { code, stdout, stderr } = await here.run('verify', '--fix', '--yes', '--remove-extra');
    expect(stdout + stderr).not.toContain('ERROR');
    expect(code, stdout + stderr).not.toBe(2);
    expect(await drift()).toEqual([]);
  });

  test('takes it all back', { timeout }, async () => {
    const { code, stdout } = await here.run('destroy', '--yes');
    expect(code, stdout).toBe(0);
    // Nothing on a queue says who made it.
    const queue = 'gcloud tasks queues delete restock --quiet --location=us-central1';
    expect(stdout).toContain(queue);
    expect(await here.gcloud(...queue.split(' ').slice(1), `--project=${project}`)).toMatchObject({ code: 0 });
    for (const kind of [
      ['pubsub', 'subscriptions', 'list'],
      ['pubsub', 'topics', 'list'],
      ['tasks', 'queues', 'list', '--location=us-central1'],
      ['scheduler', 'jobs', 'list', '--location=us-central1'],
      ['eventarc', 'triggers', 'list', '--location=us-central1'],
    ])
      expect(
        (await here.gcloud(...kind, '--format=value(name)', `--project=${project}`)).stdout.trim(),
        kind.join(' '),
      ).toBe('');
  });
});
