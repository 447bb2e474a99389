import { describe, expect, it } from 'vitest';
import { declaredBindings } from './bindings.ts';
import { callersOf, findCaller, memberOf } from './callers.ts';
import { changesBetween } from './changes.ts';
import { edgePlaces } from './edge-places.ts';
import { environmentOf } from './environment.ts';
import { declaredCalls, invokersOf } from './grants.ts';
import { matrix } from './matrix.ts';
import { mermaid } from './mermaid.ts';
import { parseDeclaration } from './parse-declaration.ts';
import { senderAccount, sourceOf, topicName } from './sender-resources.ts';

const text = `services:
  login: { public: true }
  user-profiles: {}
  search: {}
external:
  payments: { url: "https://payments-1.europe-west1.run.app", audience: "https://payments.example.com" }
senders:
  profile-changes: { pubsub: { topic: profiles, ordering: true }, from: [user-profiles], to: search, path: /events }
  rebuild: { scheduler: { schedule: "0 3 * * *", timeZone: Europe/Berlin }, to: search, path: /rebuild }
  welcome: { tasks: { queue: welcome, x-why: mail }, from: [user-profiles], to: user-profiles, path: /welcome }
  bills: { tasks: { queue: bills }, from: [login], to: payments }
  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: projects/other-project/topics/all }, to: search, path: /audit }
  theirs: { pubsub: { topic: orders, deadLetter: { topic: dead-orders } }, project: other-project, to: search, path: /orders }
`;
const declaration = parseDeclaration(text, 'infra/edges.yaml');
const place = { projectId: 'acme', region: 'europe-west1' };
const named = (name: string) => declaration.senders?.find((sender) => sender.name === name) as never;

describe('senders', () => {
  it('are read with the defaults of their kind', () => {
    expect(declaration.senders?.slice(0, 3)).toEqual([
      {
        name: 'profile-changes',
        kind: 'pubsub',
        to: 'search',
        calls: ['search'],
        path: '/events',
        from: ['user-profiles'],
        serviceAccount: 'profile-changes-run',
        pubsub: {
          topic: 'profiles',
          subscription: 'profile-changes',
          ordering: true,
          ackDeadline: 10,
          unwrapped: false,
          metadata: false,
        },
      },
      {
        name: 'rebuild',
        kind: 'scheduler',
        to: 'search',
        calls: ['search'],
        path: '/rebuild',
        from: [],
        serviceAccount: 'rebuild-run',
        scheduler: {
          schedule: '0 3 * * *',
          timeZone: 'Europe/Berlin',
          method: 'POST',
          headers: {},
          deadline: 180,
          retries: 0,
          minBackoff: 5,
          maxBackoff: 3600,
          maxDoublings: 5,
        },
      },
      {
        name: 'welcome',
        kind: 'tasks',
        to: 'user-profiles',
        calls: ['user-profiles'],
        path: '/welcome',
        from: ['user-profiles'],
        serviceAccount: 'welcome-run',
        tasks: {
          queue: 'welcome',
          maxPerSecond: 500,
          maxConcurrent: 1000,
          maxAttempts: 100,
          minBackoff: 0.1,
          maxBackoff: 3600,
          maxDoublings: 16,
        },
      },
    ]);
    expect(named('theirs')).toMatchObject({ pubsub: { deadLetter: { topic: 'dead-orders', maxAttempts: 5 } } });
  });

  it('are callers with one edge each, and rows of the matrix', () => {
    const senders = ['profile-changes', 'rebuild', 'welcome', 'bills', 'audit', 'theirs'];
    expect(callersOf(declaration).slice(-6)).toEqual(
      senders.map((name) => expect.objectContaining({ name, kind: 'sender' })),
    );
    const allowed = matrix(declaration).filter(
      ({ caller, receiver, expected }) => senders.includes(caller) && receiver !== 'login' && expected === 'allowed',
    );
    expect(allowed.map(({ caller, receiver }) => `${caller} ${receiver}`)).toEqual([
      'profile-changes search',
      'rebuild search',
      'welcome user-profiles',
      'bills payments',
      'audit search',
      'theirs search',
    ]);
    expect(invokersOf(declaration, 'search')).toEqual(['profile-changes', 'rebuild', 'audit', 'theirs']);
    expect(declaredCalls(declaration)).toContain('welcome user-profiles');
    expect(mermaid(declaration)).toContain('sender_welcome>"welcome"]');
    expect(mermaid(declaration)).toContain('sender_welcome --> service_user_profiles');
  });

  it('are granted their receiver, by an account of their own project', () => {
    expect(declaredBindings(declaration, 'search', (caller) => memberOf(caller, 'acme'))).toEqual([
      {
        role: 'roles/run.invoker',
        members: [
          'serviceAccount:profile-changes-run@acme.iam.gserviceaccount.com',
          'serviceAccount:rebuild-run@acme.iam.gserviceaccount.com',
          'serviceAccount:audit-run@acme.iam.gserviceaccount.com',
          'serviceAccount:theirs-run@other-project.iam.gserviceaccount.com',
        ],
      },
    ]);
    expect(findCaller(declaration, 'theirs')).not.toHaveProperty('serviceAccount');
    expect(senderAccount(named('theirs'), 'acme')).toBe('theirs-run@other-project.iam.gserviceaccount.com');
    expect(senderAccount(named('welcome'), 'acme')).toBe('welcome-run@acme.iam.gserviceaccount.com');
  });

  it.each([
    ['profile-changes', 'projects/acme/topics/profiles'],
    ['welcome', 'projects/acme/locations/europe-west1/queues/welcome'],
    ['audit', 'projects/other-project/topics/all'],
    ['theirs', 'projects/other-project/topics/orders'],
    ['rebuild', undefined],
  ])('are made to call by a topic, a queue or nothing: %s', (name, source) => {
    expect(sourceOf(named(name), place)).toBe(source);
  });

  it('name a topic by its id, or in full', () => {
    expect(topicName('profiles', 'acme')).toBe('projects/acme/topics/profiles');
    expect(topicName('projects/other/topics/all', 'acme')).toBe('projects/other/topics/all');
  });

  it('are told to their receiver, and to those who make them call', () => {
    const addresses = {
      urlOf: (name: string) => `https://${name}.test`,
      emailOf: (name: string) => `${name}@acme`,
      sourceOf: (sender: Parameters<typeof sourceOf>[0]) => sourceOf(sender, place),
    };
    expect(environmentOf(declaration, 'search', addresses)).toEqual({
      SERVICE_URL: 'https://search.test',
      LOGIN_URL: 'https://login.test',
      PROFILE_CHANGES_ACCOUNT: 'profile-changes@acme',
      REBUILD_ACCOUNT: 'rebuild@acme',
      AUDIT_ACCOUNT: 'audit@acme',
      THEIRS_ACCOUNT: 'theirs-run@other-project.iam.gserviceaccount.com',
      ALLOWED_CALLERS: 'profile-changes@acme,rebuild@acme,audit@acme,theirs-run@other-project.iam.gserviceaccount.com',
    });
    expect(environmentOf(declaration, 'user-profiles', addresses)).toMatchObject({
      PROFILE_CHANGES_TOPIC: 'projects/acme/topics/profiles',
      WELCOME_QUEUE: 'projects/acme/locations/europe-west1/queues/welcome',
      WELCOME_URL: 'https://user-profiles.test/welcome',
      WELCOME_AUDIENCE: 'https://user-profiles.test',
      WELCOME_ACCOUNT: 'welcome@acme',
    });
    expect(environmentOf(declaration, 'login', addresses)).toEqual({
      SERVICE_URL: 'https://login.test',
      BILLS_QUEUE: 'projects/acme/locations/europe-west1/queues/bills',
      BILLS_URL: 'https://payments-1.europe-west1.run.app/',
      BILLS_AUDIENCE: 'https://payments.example.com',
      BILLS_ACCOUNT: 'bills@acme',
    });
    const { sourceOf: _, ...without } = addresses;
    expect(environmentOf(declaration, 'user-profiles', without)).not.toHaveProperty('WELCOME_QUEUE');
  });

  it('have their place in the file, and their changes told', () => {
    const places = edgePlaces(text);
    expect(places('rebuild', 'search')).toEqual({ line: 9, column: 81 });
    expect(places('rebuild', 'login')).toEqual({ line: 9, column: 3 });
    const later = parseDeclaration(
      text.replace('0 3 * * *', '0 4 * * *').replace(/^ {2}bills.*\n/m, ''),
      declaration.file,
    );
    expect(changesBetween(declaration, later)).toEqual([
      { kind: 'removed', what: 'sender bills', settings: [] },
      { kind: 'removed', what: 'bills -> payments', settings: [] },
      { kind: 'changed', what: 'sender rebuild', settings: ['scheduler'] },
    ]);
  });
});
