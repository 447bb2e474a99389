import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import type { LiveResource, WantedResource } from '../senders/kind.ts';
import type { FoundSenders } from '../senders/live-senders.ts';
import { wantedSenders } from '../senders/wanted-senders.ts';
import type { Seen } from './seen.ts';
import { senderRows } from './sender-rows.ts';

const declaration = parseDeclaration(
  `services:
  front: {}
  back: {}
senders:
  changes: { pubsub: { topic: profiles, ordering: true }, from: [front], to: back, path: /events }
  welcome: { tasks: { queue: welcome }, from: [front], to: front }
  rebuild: { scheduler: { schedule: "0 3 * * *" }, to: back }
  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: profiles }, to: back }
`,
  'edges.yaml',
);
const place = { project: 'demo-project', number: '123', region: 'us-central1' };
const wanted = wantedSenders(declaration, place);
const front = 'serviceAccount:front-run@demo-project.iam.gserviceaccount.com';

type Resources = (all: readonly LiveResource[]) => readonly LiveResource[];

interface Change {
  readonly resources?: Resources;
  readonly bindings?: FoundSenders['bindings'];
  readonly without?: string;
}

const asLive = (one: WantedResource): LiveResource =>
  one.kind === 'queue' || one.kind === 'schedule' ? one : { ...one, managedBy: 'run-edges' };

function rows({ resources = (all) => all, bindings = [], without = '' }: Change = {}) {
  const granted = wanted.grants
    .filter(({ role }) => role !== without)
    .map(({ on, name, role, member }) => ({ on, name, bindings: [{ role, members: [member] }] }));
  const places = [...new Set([...granted, ...bindings].map(({ on, name }) => `${on} ${name}`))];
  const merged = places.map((key) => {
    const here = [...granted, ...bindings].filter(({ on, name }) => `${on} ${name}` === key);
    const [{ on, name } = { on: 'topic' as const, name: '' }] = here;
    return { on, name, bindings: here.flatMap((one) => one.bindings) };
  });
  const found = { resources: resources(wanted.resources.map(asLive)), bindings: merged };
  return senderRows(declaration, { ...place, services: [], senders: { place, wanted, found } } as unknown as Seen);
}

const change =
  (name: string, flags: LiveResource['flags']): Resources =>
  (all) =>
    all.map((one) => (one.name === name && one.kind !== 'topic' ? { ...one, flags: { ...one.flags, ...flags } } : one));
const another =
  (kind: LiveResource['kind'], flags: LiveResource['flags']): Resources =>
  (all) => [...all, { kind, name: 'another', flags }];

describe('senders of a live project', () => {
  test('as they are declared are no difference', () => {
    expect(rows()).toEqual([]);
  });

  test('are not looked at where none is declared', () => {
    const plain = parseDeclaration('services: { front: {} }', 'edges.yaml');
    expect(senderRows(plain, { senders: undefined } as unknown as Seen)).toEqual([]);
  });

  test.each([
    ['topic', 'profiles'],
    ['subscription', 'changes'],
    ['queue', 'welcome'],
    ['schedule', 'rebuild'],
    ['trigger', 'audit'],
  ])('the %s %s is not there', (kind, name) => {
    const found = rows({ resources: (all) => all.filter((one) => one.kind !== kind || one.name !== name) });
    expect(found).toEqual([
      expect.objectContaining({ kind: 'sender', on: name, reason: `the ${kind} ${name} is declared and not there` }),
    ]);
    expect(found[0]?.mend).toContain('deploy');
  });

  test.each([
    [
      'changes',
      { 'push-auth-service-account': 'x@y.iam.gserviceaccount.com' },
      'wrong-identity',
      'pubsub subscriptions update',
    ],
    ['changes', { 'push-auth-token-audience': 'https://x' }, 'sender', 'pubsub subscriptions update'],
    ['changes', { 'push-endpoint': 'https://evil.example.com' }, 'sender', 'pubsub subscriptions update'],
    [
      'rebuild',
      { 'oidc-service-account-email': 'x@y.iam.gserviceaccount.com' },
      'wrong-identity',
      'scheduler jobs update http',
    ],
    ['audit', { 'service-account': 'x@y.iam.gserviceaccount.com' }, 'wrong-identity', 'eventarc triggers update'],
    ['welcome', { 'max-attempts': '1' }, 'sender', 'tasks queues update'],
  ])('%s says %j', (name, flags, kind, command) => {
    const found = rows({ resources: change(name, flags) });
    expect(found).toEqual([expect.objectContaining({ kind, on: name, state: 'drift' })]);
    expect(found[0]?.fix?.join(' ')).toContain(command);
  });

  test('that cannot be changed are mended by a deployment', () => {
    const [row] = rows({ resources: change('changes', { topic: 'projects/demo-project/topics/other' }) });
    expect(row).toMatchObject({
      kind: 'sender',
      reason: expect.stringContaining('topic is projects/demo-project/topics/other'),
    });
    expect(row).not.toHaveProperty('fix');
  });

  test.each([
    ['roles/pubsub.publisher', 'pubsub topics add-iam-policy-binding profiles'],
    ['roles/cloudtasks.enqueuer', 'tasks queues add-iam-policy-binding welcome'],
    ['roles/iam.serviceAccountUser', 'iam service-accounts add-iam-policy-binding'],
    ['roles/eventarc.eventReceiver', 'projects add-iam-policy-binding'],
  ])('lack %s', (role, command) => {
    const found = rows({ without: role });
    expect(found).toEqual([expect.objectContaining({ kind: 'missing', role })]);
    expect(found[0]?.fix?.join(' ')).toContain(command);
  });

  test.each([
    ['subscription', { 'push-endpoint': 'https://back-123.us-central1.run.app/other' }, 'back', 'without a token'],
    [
      'schedule',
      { uri: 'https://back-123.us-central1.run.app', 'oidc-service-account-email': 'a@b.c' },
      'back',
      'as a@b.c',
    ],
    [
      'trigger',
      { 'destination-run-service': 'back', 'destination-run-region': 'us-central1' },
      'back',
      'without a token',
    ],
    [
      'subscription',
      {
        'push-endpoint': 'https://evil.example.com',
        'push-auth-service-account': front.replace('serviceAccount:', ''),
      },
      '*',
      'as front-run@',
    ],
  ] as const)('that nobody declared: a %s with %j', (kind, flags, service, said) => {
    const found = rows({ resources: another(kind, flags) });
    expect(found).toEqual([expect.objectContaining({ kind: 'sends', on: 'another', service })]);
    expect(found[0]?.reason).toContain(said);
    expect(found[0]?.mend).toContain('delete');
  });

  test.each([
    ['subscription', { 'push-endpoint': 'https://back-123.us-central1.run.app.evil.com' }],
    ['subscription', { topic: 'projects/demo-project/topics/profiles' }],
    ['schedule', { uri: 'https://example.com' }],
  ] as const)('of others are theirs: a %s with %j', (kind, flags) => {
    expect(rows({ resources: another(kind, flags) })).toEqual([]);
  });

  test('are carried by a subscription of Eventarc’s own, which is told with its trigger', () => {
    const carrying = {
      kind: 'subscription',
      name: 'eventarc-us-central1-audit-sub-1',
      flags: {
        'push-endpoint': 'https://back-123.us-central1.run.app/',
        'push-auth-service-account': 'audit-run@demo-project.iam.gserviceaccount.com',
      },
    } as const;
    const carried = (all: readonly LiveResource[]) =>
      all.map((one) => (one.kind === 'trigger' ? { ...one, carrier: carrying.name } : one));
    expect(rows({ resources: (all) => [...carried(all), carrying] })).toEqual([]);
    expect(rows({ resources: (all) => [...all, carrying] })).toEqual([expect.objectContaining({ kind: 'sends' })]);
  });

  test.each([
    ['topic', 'profiles', 'roles/pubsub.publisher', 'allUsers'],
    ['topic', 'profiles', 'roles/pubsub.admin', 'user:eve@example.com'],
    ['queue', 'welcome', 'roles/cloudtasks.enqueuer', 'serviceAccount:x@y.iam.gserviceaccount.com'],
  ] as const)('that others may set off: %s %s by %s for %s', (on, name, role, member) => {
    const found = rows({ bindings: [{ on, name, bindings: [{ role, members: [member] }] }] });
    expect(found).toEqual([expect.objectContaining({ kind: 'sets-off', on: name, member, role, takes: true })]);
    expect(found[0]?.fix).toContain('remove-iam-policy-binding');
  });

  test('who may only look sets nothing off', () => {
    const bindings = [{ role: 'roles/pubsub.viewer', members: ['user:eve@example.com'] }];
    expect(rows({ bindings: [{ on: 'topic', name: 'profiles', bindings }] })).toEqual([]);
  });
});
