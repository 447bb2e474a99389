import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import { GoogleError, invalidField } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import { endpointProblem, type FindGate } from '../gates.ts';
import { oidcTokenShape } from '../http-target.ts';
import { anything, flag, message, text, texts, whole } from '../shapes.ts';
import { readFilter } from './filter.ts';
import type { PushConfig, Subscription, Topic } from './resources.ts';

const pushConfig = message({
  pushEndpoint: text,
  attributes: texts,
  oidcToken: oidcTokenShape,
  pubsubWrapper: message({}),
  noWrapper: message({ writeMetadata: flag }),
});

/** What Google has, and is not carried out here: it is refused, never overlooked. */
const NOT_HERE = {
  topic: [
    'kmsKeyName',
    'messageStoragePolicy',
    'schemaSettings',
    'ingestionDataSourceSettings',
    'messageTransforms',
    'tags',
  ],
  subscription: ['bigqueryConfig', 'bigtableConfig', 'cloudStorageConfig', 'messageTransforms', 'tags', 'detached'],
} as const;

const topicShape = shapeCheck<Partial<Topic>>(
  message({
    name: text,
    labels: texts,
    messageRetentionDuration: text,
    state: text,
    satisfiesPzs: flag,
    ...Object.fromEntries(NOT_HERE.topic.map((name) => [name, anything])),
  }),
);

export interface SentSubscription
  extends Partial<Omit<Subscription, 'pushConfig' | 'deadLetterPolicy' | 'retryPolicy'>> {
  readonly pushConfig?: Partial<PushConfig>;
  readonly deadLetterPolicy?: { readonly deadLetterTopic?: string; readonly maxDeliveryAttempts?: number };
  readonly retryPolicy?: { readonly minimumBackoff?: string; readonly maximumBackoff?: string };
}

const subscriptionShape = shapeCheck<SentSubscription>(
  message({
    name: text,
    topic: text,
    pushConfig,
    ackDeadlineSeconds: whole,
    messageRetentionDuration: text,
    retainAckedMessages: flag,
    labels: texts,
    enableMessageOrdering: flag,
    expirationPolicy: message({ ttl: text }),
    filter: text,
    deadLetterPolicy: message({ deadLetterTopic: text, maxDeliveryAttempts: whole }),
    retryPolicy: message({ minimumBackoff: text, maximumBackoff: text }),
    enableExactlyOnceDelivery: flag,
    topicMessageRetentionDuration: text,
    state: text,
    analyticsHubSubscriptionInfo: anything,
    ...Object.fromEntries(NOT_HERE.subscription.map((name) => [name, anything])),
  }),
);

const ID = /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/;

/** @throws GoogleError INVALID_ARGUMENT */
export function checkId(id: string, what: 'topic' | 'subscription'): void {
  if (ID.test(id)) return;
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid [${what}s] name: (name=${id}). It has 3 to 255 letters, digits, dashes, dots, underscores, tildes, plus or percent signs, begins with a letter and not with goog.`,
  );
}

/** @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function readTopic(body: unknown): Partial<Topic> {
  const sent = topicShape(body);
  refuseWhatIsNotHere(sent, 'topic');
  if (sent.messageRetentionDuration !== undefined)
    within('message_retention_duration', sent.messageRetentionDuration, 10 * 60, 31 * 86_400);
  return sent;
}

/** What was sent of a subscription. @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function readSubscription(body: unknown): SentSubscription {
  const sent = subscriptionShape(body);
  refuseWhatIsNotHere(sent, 'subscription');
  return sent;
}

function refuseWhatIsNotHere(sent: object, what: keyof typeof NOT_HERE): void {
  const name = NOT_HERE[what].find((one) => Object.hasOwn(sent, one));
  if (name !== undefined)
    throw new GoogleError('UNIMPLEMENTED', `${name} of a ${what} is not emulated by run-edges: nothing was changed.`);
}

/** A subscription, with what it has where nothing is said. @throws GoogleError INVALID_ARGUMENT */
export function completeSubscription(name: string, sent: SentSubscription, findGate: FindGate): Subscription {
  const { topic, ackDeadlineSeconds = 0, messageRetentionDuration = '604800s', filter = '' } = sent;
  if (topic === undefined || topic === '') throw invalidField('topic', 'It is the name of the topic.');
  if (ackDeadlineSeconds !== 0 && (ackDeadlineSeconds < 10 || ackDeadlineSeconds > 600))
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid ack deadline given: ${ackDeadlineSeconds}. It is a whole number of seconds from 10 to 600.`,
    );
  within('message_retention_duration', messageRetentionDuration, 10 * 60, 31 * 86_400);
  try {
    readFilter(filter);
  } catch (error) {
    throw new GoogleError('INVALID_ARGUMENT', (error as Error).message);
  }
  const { labels, retainAckedMessages, enableMessageOrdering, expirationPolicy, enableExactlyOnceDelivery } = sent;
  const push = completePush(sent.pushConfig, findGate);
  if (enableExactlyOnceDelivery === true && 'pushEndpoint' in push)
    throw new GoogleError('INVALID_ARGUMENT', 'Exactly once delivery is for subscriptions that pull.');
  return {
    name,
    topic,
    pushConfig: push,
    ackDeadlineSeconds: ackDeadlineSeconds || 10,
    messageRetentionDuration,
    ...(retainAckedMessages === true ? { retainAckedMessages } : {}),
    ...(labels === undefined ? {} : { labels }),
    ...(enableMessageOrdering === true ? { enableMessageOrdering } : {}),
    expirationPolicy: expirationPolicy ?? { ttl: '2678400s' },
    ...(filter === '' ? {} : { filter }),
    ...deadLetters(sent.deadLetterPolicy),
    ...retries(sent.retryPolicy),
    ...(enableExactlyOnceDelivery === true ? { enableExactlyOnceDelivery } : {}),
    state: 'ACTIVE',
  };
}

/** @throws GoogleError INVALID_ARGUMENT */
export function completePush(sent: Partial<PushConfig> = {}, findGate: FindGate): Subscription['pushConfig'] {
  const { pushEndpoint = '', attributes, oidcToken, pubsubWrapper, noWrapper } = sent;
  if (pushEndpoint === '') return {};
  const problem = endpointProblem(pushEndpoint, findGate);
  if (problem !== undefined)
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid push endpoint given (endpoint=${pushEndpoint}). ${problem} Refer to https://cloud.google.com/pubsub/docs/subscriber#create for more information.`,
    );
  if (oidcToken !== undefined && (oidcToken.serviceAccountEmail ?? '') === '')
    throw invalidField('push_config.oidc_token.service_account_email', 'It is the e-mail of a service account.');
  if (pubsubWrapper !== undefined && noWrapper !== undefined)
    throw invalidField('push_config.wrapper', 'pubsub_wrapper and no_wrapper exclude each other.');
  return {
    pushEndpoint,
    attributes: { 'x-goog-version': 'v1', ...attributes },
    ...(oidcToken === undefined ? {} : { oidcToken }),
    ...(pubsubWrapper === undefined ? {} : { pubsubWrapper }),
    ...(noWrapper === undefined ? {} : { noWrapper }),
  };
}

function deadLetters(sent: SentSubscription['deadLetterPolicy']): Pick<Subscription, 'deadLetterPolicy'> {
  if (sent === undefined) return {};
  const { deadLetterTopic = '', maxDeliveryAttempts = 0 } = sent;
  if (!/^projects\/[^/]+\/topics\/[^/]+$/.test(deadLetterTopic))
    throw invalidField('dead_letter_policy.dead_letter_topic', 'It is projects/PROJECT/topics/TOPIC.');
  if (maxDeliveryAttempts !== 0 && (maxDeliveryAttempts < 5 || maxDeliveryAttempts > 100))
    throw invalidField('dead_letter_policy.max_delivery_attempts', 'It is a whole number from 5 to 100.');
  return { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: maxDeliveryAttempts || 5 } };
}

function retries(sent: SentSubscription['retryPolicy']): Pick<Subscription, 'retryPolicy'> {
  if (sent === undefined) return {};
  const { minimumBackoff = '10s', maximumBackoff = '600s' } = sent;
  const min = within('retry_policy.minimum_backoff', minimumBackoff, 0, 600);
  const max = within('retry_policy.maximum_backoff', maximumBackoff, 0, 600);
  if (min > max) throw invalidField('retry_policy', 'The minimum is more than the maximum.');
  return { retryPolicy: { minimumBackoff, maximumBackoff } };
}

/** @param least seconds. @returns milliseconds. @throws GoogleError INVALID_ARGUMENT */
function within(field: string, duration: unknown, least: number, most: number): number {
  const milliseconds = readDuration(duration);
  if (milliseconds === undefined || milliseconds < least * 1000 || milliseconds > most * 1000)
    throw invalidField(field, `It is a duration from ${least}s to ${most}s, such as "${least}s".`);
  return milliseconds;
}
