import { expect, test } from 'vitest';
import { parseDeclaration } from './parse-declaration.ts';
import { sourceGrants } from './source-grants.ts';

const declaration = parseDeclaration(
  `services:
  front: {}
  back: {}
principals:
  ada: { member: "user:ada@example.com" }
senders:
  changes: { pubsub: { topic: profiles, deadLetter: { topic: dead-ones } }, from: [front, ada], to: back }
  again: { pubsub: { topic: projects/acme-project/topics/profiles, deadLetter: { topic: projects/other-one/topics/dead } }, from: [front], to: back }
  foreign: { pubsub: { topic: projects/other-one/topics/all }, from: [front], to: back }
  welcome: { tasks: { queue: welcome }, from: [front, back], to: front }
  rebuild: { scheduler: { schedule: "0 3 * * *" }, to: back }
  audit: { eventarc: { type: google.cloud.pubsub.topic.v1.messagePublished, topic: profiles }, from: [back], to: back }
  theirs: { pubsub: { topic: orders, deadLetter: { topic: dead-ones } }, from: [front], project: other-one, to: back }
`,
  'edges.yaml',
);
const account = (name: string) => `serviceAccount:${name}-run@acme-project.iam.gserviceaccount.com`;
const agent = 'serviceAccount:service-123@gcp-sa-pubsub.iam.gserviceaccount.com';

test('who makes senders call may publish, or enqueue and act as the account; Google’s side gets what it needs', () => {
  const grants = sourceGrants(declaration, { id: 'acme-project', number: '123' });
  expect(grants.map(({ on, name, role, member }) => `${on} ${name} ${role} ${member}`)).toEqual([
    `topic profiles roles/pubsub.publisher ${account('front')}`,
    'topic profiles roles/pubsub.publisher user:ada@example.com',
    `topic dead-ones roles/pubsub.publisher ${agent}`,
    `subscription changes roles/pubsub.subscriber ${agent}`,
    `subscription again roles/pubsub.subscriber ${agent}`,
    `queue welcome roles/cloudtasks.enqueuer ${account('front')}`,
    `account welcome-run@acme-project.iam.gserviceaccount.com roles/iam.serviceAccountUser ${account('front')}`,
    `queue welcome roles/cloudtasks.enqueuer ${account('back')}`,
    `account welcome-run@acme-project.iam.gserviceaccount.com roles/iam.serviceAccountUser ${account('back')}`,
    `topic profiles roles/pubsub.publisher ${account('back')}`,
    `project acme-project roles/eventarc.eventReceiver ${account('audit')}`,
  ]);
});

test('where no sender is declared nobody gets anything', () => {
  expect(
    sourceGrants(parseDeclaration('services: { front: {} }', 'edges.yaml'), { id: 'acme-project', number: '1' }),
  ).toEqual([]);
});
