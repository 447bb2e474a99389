import { describe, expect, it } from 'vitest';
import { parseDeclaration } from './parse-declaration.ts';
import { refusals } from './testing/refusals.ts';

const services =
  'services: { web: {}, search: {} }\njobs: { nightly: {} }\nexternal: { pay: { url: "https://a.example.com" } }\n';
const sender = (body: string) => refusals(`${services}senders:\n  events: ${body}`);
const PUSH = 'pubsub: { topic: profiles }, to: search';

describe('senders are refused', () => {
  it.each([
    ['{ to: search }', '5:3: events says nothing of when it calls. Add one of pubsub, tasks, scheduler, eventarc.'],
    [`{ ${PUSH}, tasks: { queue: q } }`, '5:54: events is of 2 kinds: pubsub, tasks. Make a sender of each.'],
    ['{ pubsub: { topic: profiles } }', '5:11: events has no "to". Write the name of a receiver: to: search.'],
    [
      '{ pubsub: { topic: profiles }, to: serch }',
      '5:46: events calls "serch", which is not declared. Did you mean "search"?',
    ],
    ['{ pubsub: { topic: profiles }, to: nightly }', 'which is a job and has no address'],
    [`{ ${PUSH}, calls: [search] }`, 'unknown key "calls" in events'],
    [`{ ${PUSH}, path: events }`, 'Write a path that begins with /, without a query, such as /events.'],
    [`{ ${PUSH}, path: "/events?token=x" }`, 'events: path cannot be "/events?token=x"'],
    [`{ ${PUSH}, project: Acme_1 }`, 'Write the id of a project.'],
    [`{ ${PUSH}, from: [webb] }`, 'events is made to call by "webb", which is not declared. Did you mean "web"?'],
    [`{ ${PUSH}, from: [pay] }`, 'events is made to call by "pay", which is an external receiver.'],
    [`{ ${PUSH}, from: [events] }`, 'events is made to call by "events", which is a sender.'],
    [`{ ${PUSH}, from: [web, web] }`, 'has the same entry twice'],
    [
      '{ pubsub: { topic: ab }, to: search }',
      'Write the id of a topic, such as profiles: a letter first, 3 characters or more',
    ],
    ['{ pubsub: { topic: goog-x }, to: search }', 'events: pubsub.topic cannot be "goog-x"'],
    ['{ pubsub: {}, to: search }', 'events: pubsub has no "topic"'],
    ['{ pubsub: { topic: profiles, ackDeadline: 9 }, to: search }', 'Write whole seconds from 10 to 600.'],
    [
      '{ pubsub: { topic: profiles, minBackoff: 5 }, to: search }',
      'minBackoff is there without maxBackoff. Add maxBackoff',
    ],
    [
      '{ pubsub: { topic: profiles, minBackoff: 9, maxBackoff: 5 }, to: search }',
      'maxBackoff 5 is less than minBackoff 9',
    ],
    [
      '{ pubsub: { topic: profiles, metadata: true }, to: search }',
      'metadata is of unwrapped messages alone. Add unwrapped: true',
    ],
    ['{ pubsub: { topic: profiles, deadLetter: { topic: dead-ones, maxAttempts: 4 } }, to: search }', 'from 5 to 100'],
    ['{ tasks: { queue: a_b }, to: search }', 'Write the id of a queue'],
    ['{ tasks: { queue: q, maxPerSecond: 0 }, to: search }', 'Write a number above 0, at most 500.'],
    ['{ tasks: { queue: q, maxBackoff: 0.01 }, to: search }', 'maxBackoff 0.01 is less than minBackoff 0.1'],
    ['{ scheduler: { schedule: "* * * *" }, to: search }', 'Write minute, hour, day of the month'],
    ['{ scheduler: { schedule: "61 * * * *" }, to: search }', 'schedule "61 * * * *" is no schedule.'],
    ...['0 0 L * *', '0 0 31W * *', '0 0 * * 1#2', '0 0 ? * 1', '5-1 * * * *', '0 24 * * *', '0 0 * * MOO'].map(
      (one) => [`{ scheduler: { schedule: "${one}" }, to: search }`, `schedule "${one}" is no schedule.`],
    ),
    ['{ scheduler: { schedule: "0 3 * * *", timeZone: europe/berlin }, to: search }', 'Did you mean "Europe/Berlin"?'],
    ['{ scheduler: { schedule: "0 0 31 2 *" }, to: search }', 'schedule "0 0 31 2 *" never comes.'],
    ['{ scheduler: { schedule: "0 3 * * *", timeZone: Europe/Berln }, to: search }', 'Did you mean "Europe/Berlin"?'],
    ['{ scheduler: { schedule: "0 3 * * *", method: FETCH }, to: search }', 'Write a method of HTTP, such as POST.'],
    [
      '{ scheduler: { schedule: "0 3 * * *" }, to: search, from: [web] }',
      'events calls by its schedule, and from "web". Take from out.',
    ],
    ['{ eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished }, to: search }', 'none is named. Add topic.'],
    [
      '{ eventarc: { type: google.cloud.storage.object.v1.finalized, topic: profiles }, to: search }',
      'come from no topic. Take topic out',
    ],
    [
      '{ eventarc: { type: google.cloud.storage.object.v1.finalized }, to: pay }',
      'Eventarc calls services of this file, and "pay" is others’. Name a service.',
    ],
    ['{ eventarc: { topic: profiles }, to: search }', 'events: eventarc has no "type"'],
  ])('%s', (body, line) => {
    const [refusal = '', ...more] = sender(body);
    expect(refusal).toContain(line);
    expect(more).toEqual([]);
  });

  it('that say nothing at all, with what to write', () => {
    expect(refusals(`${services}senders:\n  events:`)[0]).toBe(
      '5:3: events is empty. Write what it is, such as { pubsub: { topic: profiles }, to: search, path: /events }.',
    );
  });

  it.each(['0 9 * * MON-FRI', '*/5 * * * *', '0 0 1 JAN *', '0 0 * * 7', '0  3 1,15 * *'])(
    'but not for a schedule as %s',
    (one) => {
      const text = `${services}senders: { events: { scheduler: { schedule: "${one}" }, to: search } }`;
      expect(parseDeclaration(text, 'a.yaml').senders).toHaveLength(1);
    },
  );

  it('with a name that is another one', () => {
    expect(refusals(`${services}senders: { search: { ${PUSH} } }`)).toEqual([
      '4:12: search is a service and a sender. Give one of the two another name.',
    ]);
    expect(refusals(`${services}senders: { Events: { ${PUSH} } }`)).toEqual([
      expect.stringContaining('"Events" cannot be the name of a sender. Did you mean "events"?'),
    ]);
  });

  it('with an account that cannot be made', () => {
    const push = 'pubsub: { topic: profiles, subscription: events }, to: search';
    expect(refusals(`${services}senders: { x: { ${push} } }`)).toEqual([
      expect.stringContaining('x would run as "x-run", which is shorter than the 6 characters of an account id'),
    ]);
    expect(refusals(`${services}senders: { x: { ${push}, project: other-project } }`)).toHaveLength(1);
    expect(refusals(`${services}senders: { x: { ${PUSH}, serviceAccount: events-run } }`)).toEqual([
      expect.stringContaining('x: "x" cannot be the id of its subscription'),
    ]);
  });

  it('where two are one in the project', () => {
    const two = (a: string, b: string) =>
      `${services}senders:\n  first: { ${a}, to: search }\n  second: { ${b}, to: web }`;
    const same = 'pubsub: { topic: profiles, subscription: shared }';
    expect(refusals(two(same, same))).toEqual([
      expect.stringContaining('first and second have the same subscription "shared"'),
    ]);
    expect(refusals(two('tasks: { queue: q }', 'tasks: { queue: q, maxAttempts: 3 }'))).toEqual([
      expect.stringContaining('second says otherwise of the queue "q" than first'),
    ]);
    const shared = parseDeclaration(two('tasks: { queue: q }', 'tasks: { queue: q, maxAttempts: 100 }'), 'a.yaml');
    expect(shared.senders).toHaveLength(2);
    expect(parseDeclaration(two(same, `${same}, project: other-project`), 'a.yaml').senders).toHaveLength(2);
  });

  it('where others would read what is told of them, or env hides it', () => {
    const tasks = 'senders: { redis: { tasks: { queue: q }, from: [web], to: search } }';
    expect(refusals(services + tasks)).toEqual([
      expect.stringContaining('would be in REDIS_URL, which is taken by a database'),
    ]);
    const withEnv = (variable: string) =>
      refusals(
        `services: { web: { env: { ${variable}: x } }, search: {} }\nsenders: { events: { ${PUSH}, from: [web] } }`,
      );
    expect(withEnv('EVENTS_TOPIC')).toEqual([
      expect.stringContaining('holds what others are told of the sender events'),
    ]);
    expect(withEnv('EVENTS_ACCOUNT')).toHaveLength(1);
  });

  it('where they may never call', () => {
    expect(refusals(`${services}senders: { events: { ${PUSH} } }\nnever: [events -> search]`)).toEqual([
      expect.stringContaining('never: "events -> search", but events calls search, by line 4'),
    ]);
  });
});
