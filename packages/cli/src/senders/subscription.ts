import type { PubsubSettings } from '@run-edges/edges';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import { list, object, shape, text } from '../shape.ts';
import { type Flags, flagsOf, flagWords, idOf, type Kind, type LiveResource, ofProject, seconds } from './kind.ts';

interface Printed {
  readonly name: string;
  readonly topic: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ackDeadlineSeconds?: number;
  readonly filter?: string;
  readonly enableMessageOrdering?: boolean;
  readonly pushConfig?: {
    readonly pushEndpoint?: string;
    readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string };
    readonly noWrapper?: { readonly writeMetadata?: boolean };
  };
  readonly retryPolicy?: { readonly minimumBackoff?: string; readonly maximumBackoff?: string };
  readonly deadLetterPolicy?: { readonly deadLetterTopic?: string; readonly maxDeliveryAttempts?: number };
}

const flag = { type: 'boolean' };
const count = { type: 'integer' };
const subscriptions = shape<readonly Printed[]>(
  list(
    object(
      { name: text, topic: text },
      {
        labels: { type: 'object', additionalProperties: text },
        ackDeadlineSeconds: count,
        filter: text,
        enableMessageOrdering: flag,
        pushConfig: object(
          {},
          {
            pushEndpoint: text,
            oidcToken: object({}, { serviceAccountEmail: text, audience: text }),
            noWrapper: object({}, { writeMetadata: flag }),
          },
        ),
        retryPolicy: object({}, { minimumBackoff: text, maximumBackoff: text }),
        deadLetterPolicy: object({}, { deadLetterTopic: text, maxDeliveryAttempts: count }),
      },
    ),
  ),
);

/** Whom it pushes to, and as whom. */
export interface Push {
  readonly endpoint: string;
  readonly account: string;
  readonly audience: string;
}

/** @param topicName makes the full name of a declared topic */
export function subscriptionFlags(
  settings: PubsubSettings,
  { endpoint, account, audience }: Push,
  topicName: (topic: string) => string,
): Flags {
  const { deadLetter } = settings;
  return flagsOf({
    topic: topicName(settings.topic),
    'push-endpoint': endpoint,
    'push-auth-service-account': account,
    'push-auth-token-audience': audience,
    'ack-deadline': settings.ackDeadline,
    'message-filter': settings.filter,
    'enable-message-ordering': settings.ordering,
    'min-retry-delay': seconds(settings.minBackoff),
    'max-retry-delay': seconds(settings.maxBackoff),
    'dead-letter-topic': deadLetter && topicName(deadLetter.topic),
    'max-delivery-attempts': deadLetter?.maxAttempts,
    'push-no-wrapper': settings.unwrapped,
    'push-no-wrapper-write-metadata': settings.metadata,
  });
}

/** https://docs.cloud.google.com/sdk/gcloud/reference/pubsub/subscriptions */
export const subscription: Kind = {
  api: 'pubsub.googleapis.com',
  find: async (gcloud, at) =>
    (await gcloud.json(['pubsub', 'subscriptions', 'list', ofProject(at)], subscriptions)).map(asLive),
  create: ({ name, flags }, at) => [
    ...['pubsub', 'subscriptions', 'create', name, ...flagWords(flags)],
    // Else it is deleted after a month without a message.
    ...['--expiration-period=never', `--labels=managed-by=${MANAGED_BY}`, ofProject(at)],
  ],
  update: ({ name, flags }, live, at) => {
    const gone = (flag: string, clear: string) => (flag in live.flags && !(flag in flags) ? [`--${clear}`] : []);
    return [
      ...['pubsub', 'subscriptions', 'update', name, ...flagWords(flags, FIXED)],
      ...gone('min-retry-delay', 'clear-retry-policy'),
      ...gone('dead-letter-topic', 'clear-dead-letter-policy'),
      ...gone('push-no-wrapper', 'clear-push-no-wrapper-config'),
      ...[`--update-labels=managed-by=${MANAGED_BY}`, ofProject(at)],
    ];
  },
  remove: (name, at) => ['pubsub', 'subscriptions', 'delete', name, '--quiet', ofProject(at)],
  fixed: ['topic', 'message-filter', 'enable-message-ordering'],
};

const FIXED = subscription.fixed;

function asLive(printed: Printed): LiveResource {
  const { name, topic, labels, pushConfig: push = {}, retryPolicy: retry, deadLetterPolicy: dead } = printed;
  return {
    kind: 'subscription',
    name: idOf(name),
    managedBy: labels?.['managed-by'] ?? '',
    flags: flagsOf({
      topic,
      'push-endpoint': push.pushEndpoint,
      'push-auth-service-account': push.oidcToken?.serviceAccountEmail,
      'push-auth-token-audience': push.oidcToken?.audience,
      'ack-deadline': printed.ackDeadlineSeconds ?? 10,
      'message-filter': printed.filter,
      'enable-message-ordering': printed.enableMessageOrdering,
      'min-retry-delay': seconds(retry?.minimumBackoff),
      'max-retry-delay': seconds(retry?.maximumBackoff),
      'dead-letter-topic': dead?.deadLetterTopic,
      'max-delivery-attempts': dead && (dead.maxDeliveryAttempts ?? 5),
      'push-no-wrapper': push.noWrapper !== undefined,
      'push-no-wrapper-write-metadata': push.noWrapper?.writeMetadata,
    }),
  };
}
