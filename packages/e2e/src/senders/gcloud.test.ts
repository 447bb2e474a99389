import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { toolEnv } from '../support/tool-env.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const { title, missing } = await findToolchain({ name: 'gcloud, setting off senders', commands: ['gcloud'] });

const LOCATION = '--location=us-central1';

describe.skipIf(missing)(title, () => {
  let folder: string;
  let cloud: Cloud;
  let receiver: Receiver;
  let env: Record<string, string>;
  let email: string;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-edges-gcloud-senders-'));
    receiver = await startReceiver(Number.POSITIVE_INFINITY);
    const edges = parseDeclaration('services: { inbox: {} }', 'edges.yaml');
    cloud = await startEmulator({ edges, fronts: { inbox: receiver.url } });
    vi.stubEnv('RUN_EDGES_TOKEN', cloud.developerToken);
    env = { ...(await toolEnv(['--target', cloud.url, '--folder', join(folder, 'developer')])), HOME: folder };
    email = `events@${cloud.project.id}.iam.gserviceaccount.com`;
    url = cloud.service('inbox').url;
    await gcloud('iam', 'service-accounts', 'create', 'events');
    cloud.policies.grant('services/inbox', 'roles/run.invoker', `serviceAccount:${email}`);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await cloud.stop();
    await receiver[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function gcloud(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runProgram({ command: 'gcloud', args, env, timeout: 120_000 });
    expect(code, stderr).toBe(0);
    return stdout;
  }

  /** What reached the receiver by this account's token, since. */
  async function reached(path: string): Promise<void> {
    await vi.waitFor(
      () =>
        expect(cloud.decisions.list()).toContainEqual(expect.objectContaining({ path, status: 204, caller: email })),
      { timeout: 20_000 },
    );
  }

  const timeout = { tags: ['slow'], timeout: 240_000 };

  test('pubsub topics publish ends in the app', timeout, async () => {
    await gcloud('pubsub', 'topics', 'create', 'news');
    const push = [`--push-endpoint=${url}/push`, `--push-auth-service-account=${email}`];
    await gcloud(
      'pubsub',
      'subscriptions',
      'create',
      'news-push',
      '--topic=news',
      ...push,
      `--push-auth-token-audience=${url}`,
    );
    await gcloud('pubsub', 'topics', 'publish', 'news', '--message=hello');
    await reached('/push');
    expect(receiver.received.at(-1)?.text).toBe('hello');
    expect(await gcloud('pubsub', 'subscriptions', 'describe', 'news-push')).toContain(`pushEndpoint: ${url}/push`);
    const publisher = ['--member=user:ada@example.com', '--role=roles/pubsub.publisher'];
    expect(await gcloud('pubsub', 'topics', 'add-iam-policy-binding', 'news', ...publisher)).toContain(
      'roles/pubsub.publisher',
    );
  });

  test('scheduler jobs run ends in the app', timeout, async () => {
    const target = [`--uri=${url}/rebuild`, `--oidc-service-account-email=${email}`, `--oidc-token-audience=${url}`];
    const message = '{"message":{"messageId":"nightly","data":"cnVu"}}';
    await gcloud(
      'scheduler',
      'jobs',
      'create',
      'http',
      'nightly',
      LOCATION,
      '--schedule=0 3 * * *',
      ...target,
      `--message-body=${message}`,
    );
    await gcloud('scheduler', 'jobs', 'run', 'nightly', LOCATION);
    await reached('/rebuild');
    expect(await gcloud('scheduler', 'jobs', 'describe', 'nightly', LOCATION)).toContain('state: ENABLED');
    expect(await gcloud('scheduler', 'jobs', 'update', 'http', 'nightly', LOCATION, '--schedule=0 4 * * *')).toContain(
      '0 4 * * *',
    );
    expect(await gcloud('scheduler', 'jobs', 'pause', 'nightly', LOCATION)).toBe('');
    expect(await gcloud('scheduler', 'jobs', 'list', LOCATION)).toContain('PAUSED');
  });

  test('tasks create-http-task ends in the app', timeout, async () => {
    await gcloud('tasks', 'queues', 'create', 'work', LOCATION);
    const target = [`--url=${url}/work`, `--oidc-service-account-email=${email}`, `--oidc-token-audience=${url}`];
    const body = '--body-content={"message":{"messageId":"work","data":"cnVu"}}';
    await gcloud('tasks', 'create-http-task', '--queue=work', LOCATION, ...target, body);
    await reached('/work');
    expect(await gcloud('tasks', 'queues', 'describe', 'work', LOCATION)).toContain('maxAttempts: 100');
    await gcloud('tasks', 'queues', 'update', 'work', LOCATION, '--max-attempts=5');
    expect(await gcloud('tasks', 'queues', 'describe', 'work', LOCATION)).toContain('maxAttempts: 5');
    await gcloud('tasks', 'queues', 'pause', 'work', LOCATION);
    expect(await gcloud('tasks', 'queues', 'list', LOCATION)).toContain('PAUSED');
  });

  test('eventarc triggers create ends in the app', timeout, async () => {
    await gcloud('pubsub', 'topics', 'create', 'audit');
    const to = [
      '--destination-run-service=inbox',
      '--destination-run-region=us-central1',
      '--destination-run-path=/audit',
    ];
    const what = ['--event-filters=type=google.cloud.pubsub.topic.v1.messagePublished', '--transport-topic=audit'];
    await gcloud('eventarc', 'triggers', 'create', 'audit', LOCATION, ...to, ...what, `--service-account=${email}`);
    await gcloud('pubsub', 'topics', 'publish', 'audit', '--message=event');
    await reached('/audit');
    expect(await gcloud('eventarc', 'triggers', 'describe', 'audit', LOCATION)).toContain(`serviceAccount: ${email}`);
    await gcloud('eventarc', 'triggers', 'delete', 'audit', LOCATION);
    expect(await gcloud('eventarc', 'triggers', 'list', LOCATION)).not.toContain('audit');
  });
});
