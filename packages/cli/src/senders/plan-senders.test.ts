import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { findSenders, NO_SENDERS } from './live-senders.ts';
import { senderSteps, sourceGrantSteps } from './plan-senders.ts';
import { wantedSenders } from './wanted-senders.ts';

const file = `services:
  front: {}
  back: { regions: [us-east1] }
jobs:
  nightly: { image: example.com/nightly }
external:
  payments: { url: "https://payments.example.com", audience: pay }
senders:
  changes: { pubsub: { topic: profiles, ordering: true, filter: 'attributes.kind = "a"', deadLetter: { topic: dead-ones, maxAttempts: 7 } }, from: [front], to: back, path: /events }
  raw: { pubsub: { topic: projects/other-project/topics/all, subscription: raw-ones, minBackoff: 10, maxBackoff: 60, unwrapped: true, metadata: true }, to: back }
  welcome: { tasks: { queue: welcome, maxAttempts: -1, maxRetryDuration: 60 }, from: [front, nightly], to: front, path: /welcome }
  bills: { tasks: { queue: bills }, to: payments, path: /bills }
  rebuild: { scheduler: { schedule: "0 3 * * *", timeZone: Europe/Berlin, body: '{"a":1}', headers: { X-A: "1,2", X-B: "3" } }, to: back, path: /rebuild }
  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: profiles }, to: back, path: /audit }
  uploads: { eventarc: { type: google.cloud.storage.object.v1.finalized, filters: { bucket: b } }, to: front }
  theirs: { pubsub: { topic: orders }, project: other-project, to: back }
`;
const place = { project: 'demo-project', number: '123', region: 'us-central1' };
const wantedOf = (text: string) => wantedSenders(parseDeclaration(text, 'edges.yaml'), place);
const wanted = wantedOf(file);
const email = (name: string) => `${name}-run@demo-project.iam.gserviceaccount.com`;
const ours = { labels: { 'managed-by': 'run-edges' } };

/** As gcloud prints it of a project where all of that was made. */
const printed: Readonly<Record<string, object[]>> = {
  'pubsub topics list': [
    { name: 'projects/demo-project/topics/profiles' },
    { name: 'projects/demo-project/topics/dead-ones', ...ours },
  ],
  'pubsub subscriptions list': [
    {
      name: 'projects/demo-project/subscriptions/changes',
      topic: 'projects/demo-project/topics/profiles',
      ackDeadlineSeconds: 10,
      enableMessageOrdering: true,
      filter: 'attributes.kind = "a"',
      expirationPolicy: {},
      deadLetterPolicy: { deadLetterTopic: 'projects/demo-project/topics/dead-ones', maxDeliveryAttempts: 7 },
      pushConfig: {
        pushEndpoint: 'https://back-123.us-east1.run.app/events',
        oidcToken: { serviceAccountEmail: email('changes'), audience: 'https://back-123.us-east1.run.app' },
      },
      state: 'ACTIVE',
      ...ours,
    },
    {
      name: 'projects/demo-project/subscriptions/raw-ones',
      topic: 'projects/other-project/topics/all',
      pushConfig: {
        pushEndpoint: 'https://back-123.us-east1.run.app/',
        oidcToken: { serviceAccountEmail: email('raw'), audience: 'https://back-123.us-east1.run.app' },
        noWrapper: { writeMetadata: true },
      },
      retryPolicy: { minimumBackoff: '10s', maximumBackoff: '60s' },
      ...ours,
    },
    { name: 'projects/demo-project/subscriptions/pulled', topic: 'projects/demo-project/topics/profiles' },
  ],
  'tasks queues list': [
    {
      name: 'projects/demo-project/locations/us-central1/queues/welcome',
      rateLimits: { maxBurstSize: 100, maxConcurrentDispatches: 1000, maxDispatchesPerSecond: 500 },
      retryConfig: {
        maxAttempts: -1,
        maxBackoff: '3600s',
        maxDoublings: 16,
        maxRetryDuration: '60s',
        minBackoff: '0.100s',
      },
      state: 'RUNNING',
    },
    {
      name: 'projects/demo-project/locations/us-central1/queues/bills',
      rateLimits: { maxConcurrentDispatches: 1000, maxDispatchesPerSecond: 500 },
      retryConfig: { maxAttempts: 100, maxBackoff: '3600s', maxDoublings: 16, minBackoff: '0.100s' },
    },
  ],
  'scheduler jobs list': [
    {
      name: 'projects/demo-project/locations/us-central1/jobs/rebuild',
      schedule: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      attemptDeadline: '180s',
      httpTarget: {
        uri: 'https://back-123.us-east1.run.app/rebuild',
        httpMethod: 'POST',
        body: Buffer.from('{"a":1}').toString('base64'),
        headers: {
          'X-B': '3',
          'X-A': '1,2',
          'User-Agent': 'Google-Cloud-Scheduler',
          'Content-Type': 'application/octet-stream',
        },
        oidcToken: { serviceAccountEmail: email('rebuild'), audience: 'https://back-123.us-east1.run.app' },
      },
      retryConfig: { maxBackoffDuration: '3600s', maxDoublings: 5, maxRetryDuration: '0s', minBackoffDuration: '5s' },
    },
    { name: 'projects/demo-project/locations/us-central1/jobs/other', pubsubTarget: { topicName: 'x' } },
  ],
  'eventarc triggers list': [
    {
      name: 'projects/demo-project/locations/us-central1/triggers/audit',
      eventFilters: [{ attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' }],
      destination: { cloudRun: { service: 'back', region: 'us-east1', path: '/audit' } },
      serviceAccount: email('audit'),
      transport: { pubsub: { topic: 'projects/demo-project/topics/profiles', subscription: 'eventarc-us-audit' } },
      ...ours,
    },
    {
      name: 'projects/demo-project/locations/us-central1/triggers/uploads',
      eventFilters: [
        { attribute: 'type', value: 'google.cloud.storage.object.v1.finalized' },
        { attribute: 'bucket', value: 'b' },
      ],
      destination: { cloudRun: { service: 'front', region: 'us-central1', path: '/' } },
      serviceAccount: email('uploads'),
      transport: { pubsub: { topic: 'projects/demo-project/topics/eventarc-us-uploads' } },
      ...ours,
    },
  ],
};

const all = new Set(
  ['pubsub', 'cloudtasks', 'cloudscheduler', 'eventarc', 'iam', 'cloudresourcemanager'].map(
    (api) => `${api}.googleapis.com`,
  ),
);

/** @param granted whether all that is wanted is granted */
function gcloudWith(answers: Readonly<Record<string, object[]>>, granted = true): Gcloud {
  return {
    run: async () => '',
    json: async <T>(args: readonly string[], shape: unknown) => {
      const at = args.indexOf('get-iam-policy');
      if (at >= 0) {
        const name = args[at + 1];
        const bindings = wanted.grants
          .filter((grant) => granted && grant.name === name)
          .map(({ role, member }) => ({ role, members: [member] }));
        return { bindings } as T;
      }
      const answer = answers[args.slice(0, args.indexOf('list') + 1).join(' ')] ?? [];
      expect((shape as (value: unknown) => unknown)(answer)).toBeUndefined();
      return answer as T;
    },
  };
}

async function plan(text: string, answers = printed, { granted = true, adopt = false, enabled = all } = {}) {
  const asked = wantedOf(text);
  const accounts = [
    ...new Set(asked.grants.filter(({ on }) => on === 'account').map(({ name }) => ({ email: name, ours: true }))),
  ];
  const found = await findSenders(gcloudWith(answers, granted), asked, { place, enabled, accounts });
  const steps = [...senderSteps(asked, found, { place, adopt }), ...sourceGrantSteps(asked, found, place)];
  return { commands: steps.map(({ command }) => command.join(' ')), changes: steps.flatMap(({ changes }) => changes) };
}

describe('what senders are made of', () => {
  test('is made where nothing is, topics first', () => {
    const commands = senderSteps(wanted, NO_SENDERS, { place, adopt: false }).map(({ command }) => command.join(' '));
    const P = '--project=demo-project';
    const L = `--location=us-central1 ${P}`;
    const push = (name: string, path: string) =>
      `--push-endpoint=https://back-123.us-east1.run.app${path} --push-auth-service-account=${email(name)} --push-auth-token-audience=https://back-123.us-east1.run.app`;
    expect(commands).toEqual([
      `pubsub topics create profiles --labels=managed-by=run-edges ${P}`,
      `pubsub topics create dead-ones --labels=managed-by=run-edges ${P}`,
      `pubsub subscriptions create changes --topic=projects/demo-project/topics/profiles ${push('changes', '/events')} --ack-deadline=10 --message-filter=attributes.kind = "a" --enable-message-ordering --dead-letter-topic=projects/demo-project/topics/dead-ones --max-delivery-attempts=7 --expiration-period=never --labels=managed-by=run-edges ${P}`,
      `pubsub subscriptions create raw-ones --topic=projects/other-project/topics/all ${push('raw', '/')} --ack-deadline=10 --min-retry-delay=10s --max-retry-delay=60s --push-no-wrapper --push-no-wrapper-write-metadata --expiration-period=never --labels=managed-by=run-edges ${P}`,
      `tasks queues create welcome --max-dispatches-per-second=500 --max-concurrent-dispatches=1000 --max-attempts=unlimited --max-retry-duration=60s --min-backoff=0.1s --max-backoff=3600s --max-doublings=16 ${L}`,
      `tasks queues create bills --max-dispatches-per-second=500 --max-concurrent-dispatches=1000 --max-attempts=100 --max-retry-duration=unlimited --min-backoff=0.1s --max-backoff=3600s --max-doublings=16 ${L}`,
      `scheduler jobs create http rebuild --schedule=0 3 * * * --time-zone=Europe/Berlin --uri=https://back-123.us-east1.run.app/rebuild --http-method=post --oidc-service-account-email=${email('rebuild')} --oidc-token-audience=https://back-123.us-east1.run.app --message-body={"a":1} --headers=^;^X-A=1,2;X-B=3 --attempt-deadline=180s --max-retry-attempts=0 --max-retry-duration=0s --min-backoff=5s --max-backoff=3600s --max-doublings=5 ${L}`,
      `eventarc triggers create audit --event-filters=type=google.cloud.pubsub.topic.v1.messagePublished --transport-topic=projects/demo-project/topics/profiles --destination-run-service=back --destination-run-region=us-east1 --destination-run-path=/audit --service-account=${email('audit')} --labels=managed-by=run-edges ${L}`,
      `eventarc triggers create uploads --event-filters=bucket=b,type=google.cloud.storage.object.v1.finalized --destination-run-service=front --destination-run-region=us-central1 --service-account=${email('uploads')} --labels=managed-by=run-edges ${L}`,
    ]);
  });

  test('is granted to those who make them call, and to Pub/Sub and Eventarc themselves', () => {
    const commands = sourceGrantSteps(wanted, NO_SENDERS, place).map(({ command }) => command.join(' '));
    const who = (name: string) => `--member=serviceAccount:${email(name)}`;
    const agent = '--member=serviceAccount:service-123@gcp-sa-pubsub.iam.gserviceaccount.com';
    const P = '--project=demo-project';
    expect(commands.toSorted()).toEqual(
      [
        `pubsub topics add-iam-policy-binding profiles ${who('front')} --role=roles/pubsub.publisher ${P}`,
        `pubsub topics add-iam-policy-binding dead-ones ${agent} --role=roles/pubsub.publisher ${P}`,
        `pubsub subscriptions add-iam-policy-binding changes ${agent} --role=roles/pubsub.subscriber ${P}`,
        ...['front', 'nightly'].flatMap((name) => [
          `tasks queues add-iam-policy-binding welcome ${who(name)} --role=roles/cloudtasks.enqueuer --location=us-central1 ${P}`,
          `iam service-accounts add-iam-policy-binding ${email('welcome')} ${who(name)} --role=roles/iam.serviceAccountUser --condition=None ${P}`,
        ]),
        ...['audit', 'uploads'].map(
          (name) =>
            `projects add-iam-policy-binding demo-project ${who(name)} --role=roles/eventarc.eventReceiver --condition=None`,
        ),
      ].toSorted(),
    );
  });

  test('is left alone where it is there', async () => {
    expect(await plan(file)).toEqual({ commands: [], changes: [] });
  });

  test('is granted what is missing alone', async () => {
    expect((await plan(file, printed, { granted: false })).commands).toHaveLength(wanted.grants.length);
  });

  test('of an API that is off nothing is there', async () => {
    const { commands } = await plan(file, printed, { enabled: new Set() });
    expect(commands.filter((command) => command.includes(' create '))).toHaveLength(9);
  });

  test.each([
    ['path: /events', 'path: /other', 'subscriptions update changes', 'push-endpoint'],
    ['path: /rebuild', 'path: /other', 'jobs update http rebuild', 'uri'],
    ['headers: { X-A: "1,2", X-B: "3" }', 'headers: {}', '--clear-headers', 'headers'],
    [`body: '{"a":1}', `, '', '--clear-message-body', 'message-body'],
    ['0 3 * * *', '0 4 * * *', '--schedule=0 4 * * *', 'schedule'],
    ['maxAttempts: -1', 'maxAttempts: 3', '--max-attempts=3', 'max-attempts'],
    [', minBackoff: 10, maxBackoff: 60', '', '--clear-retry-policy', 'min-retry-delay'],
    [', unwrapped: true, metadata: true', '', '--clear-push-no-wrapper-config', 'push-no-wrapper'],
    [
      'deadLetter: { topic: dead-ones, maxAttempts: 7 }',
      'ackDeadline: 20',
      '--clear-dead-letter-policy',
      'ack-deadline',
    ],
    ['to: back, path: /audit', 'to: back', '--clear-destination-run-path', 'destination-run-path'],
    ['filters: { bucket: b }', 'filters: { bucket: c }', 'triggers update uploads', 'event-filters'],
  ])('changes with %s -> %s', async (was, is, command, what) => {
    expect(file).toContain(was);
    const { commands, changes } = await plan(file.replace(was, is));
    expect(commands).toEqual([expect.stringContaining(command)]);
    expect(changes.map((change) => change.what)).toContain(what);
  });

  test.each([
    ['ordering: true', 'ordering: false', 'enable-message-ordering is true and would be not set'],
    [`filter: 'attributes.kind = "a"'`, `filter: 'attributes.kind = "b"'`, 'message-filter is attributes.kind = "a"'],
    ['topic: projects/other-project/topics/all', 'topic: profiles', 'topic is projects/other-project/topics/all'],
  ])('cannot be changed where it is fixed: %s -> %s', async (was, is, fault) => {
    await expect(plan(file.replace(was, is))).rejects.toThrow(fault);
  });

  test('of others is refused, unless it is adopted', async () => {
    const [first, ...rest] = printed['pubsub subscriptions list'] ?? [];
    const theirs = { ...printed, 'pubsub subscriptions list': [{ ...first, labels: {} }, ...rest] };
    await expect(plan(file, theirs)).rejects.toThrow('subscription changes in demo-project was made by somebody else');
    const { commands } = await plan(file, theirs, { adopt: true });
    expect(commands).toEqual([expect.stringContaining('--update-labels=managed-by=run-edges')]);
  });

  test('of another project is nobody’s to make here', () => {
    expect(JSON.stringify(wanted)).not.toContain('orders');
    expect(JSON.stringify(wanted)).not.toContain('theirs-run');
  });
});
