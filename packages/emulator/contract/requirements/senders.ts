import type { Requirements } from './requirement.ts';

const PUSH = 'https://docs.cloud.google.com/pubsub/docs/push';
const PUSH_AUTH = 'https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions';

export const senders = {
  'pubsub:push': {
    behaviour: 'a push is a POST of the wrapped message, names in both spellings, with an ID token of the push account',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:not-invoker': {
    behaviour: 'a push of an account that is no invoker is refused by the gate and tried again until it is one',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:no-token': {
    behaviour: 'a subscription without an OIDC token pushes without one',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:audience': {
    behaviour: 'the audience is the push URL as it stands, where none is named',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:ack-codes': {
    behaviour: '102, 200, 201, 202 and 204 acknowledge a message; whatever else does not',
    source: PUSH,
    mark: 'D',
  },
  'pubsub:ack-deadline': {
    behaviour: 'an answer after the ack deadline is none: the message is pushed again',
    source: PUSH,
    mark: 'D',
  },
  'pubsub:dead-letter': {
    behaviour:
      'after maxDeliveryAttempts a message goes to the dead-letter topic, with where it comes from as attributes',
    source: 'https://docs.cloud.google.com/pubsub/docs/dead-letter-topics',
    mark: 'D',
  },
  'pubsub:ordering': {
    behaviour: 'messages of one ordering key are pushed in the order in which they were published',
    source: 'https://docs.cloud.google.com/pubsub/docs/ordering',
    mark: 'D',
  },
  'pubsub:filter': {
    behaviour: 'a subscription with a filter gets the messages whose attributes it takes',
    source: 'https://docs.cloud.google.com/pubsub/docs/subscription-message-filter',
    mark: 'D',
  },
  'pubsub:several': {
    behaviour: 'each subscription of a topic gets every message',
    source: 'https://docs.cloud.google.com/pubsub/docs/subscription-overview',
    mark: 'D',
  },
  'pubsub:unwrapped': {
    behaviour: 'without a wrapper the body is the data, and metadata are headers where they are asked for',
    source: 'https://docs.cloud.google.com/pubsub/docs/payload-unwrapping',
    mark: 'D',
  },
  'pubsub:deleted-topic': {
    behaviour: 'the subscriptions of a deleted topic stay, with _deleted-topic_ in its place',
    source: 'https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/delete',
    mark: 'D',
  },
  'pubsub:resources': {
    behaviour: 'topics and subscriptions are made by PUT, and shown with what they have where nothing was said',
    source: 'https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions',
    mark: 'D',
  },
  'pubsub:kept': {
    behaviour: 'a message is kept until it is acknowledged, for seven days where nothing else is said',
    source: 'https://docs.cloud.google.com/pubsub/docs/subscription-properties',
    mark: 'D',
  },
  'pubsub:permissions': {
    behaviour: 'publishing wants pubsub.topics.publish on the topic, which roles/pubsub.publisher has',
    source: 'https://docs.cloud.google.com/pubsub/docs/access-control',
    mark: 'D',
  },
  'pubsub:act-as': {
    behaviour: 'whoever makes a subscription push as an account must have iam.serviceAccounts.actAs on it',
    source: PUSH_AUTH,
    mark: 'D',
  },
  'pubsub:invalid': {
    behaviour: 'a subscription that cannot be is 400 INVALID_ARGUMENT; a topic that is not there is 404',
    source: 'https://docs.cloud.google.com/pubsub/docs/reference/error-codes',
    mark: 'D',
  },
  'pubsub:publish-limits': {
    behaviour: 'a publish has 1 to 1,000 messages and 10 MB at most, each with data or an attribute',
    source: 'https://docs.cloud.google.com/pubsub/quotas',
    mark: 'D',
  },
} as const satisfies Requirements;
