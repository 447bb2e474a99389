import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isPush, type Pubsub } from '../../../delivery/pubsub/pubsub.ts';
import {
  checkId,
  completePush,
  completeSubscription,
  readSubscription,
  type SentSubscription,
} from '../../../delivery/pubsub/read-subscription.ts';
import { DELETED_TOPIC, type Subscription } from '../../../delivery/pubsub/resources.ts';
import type { ProvenPrincipal } from '../../../identity/principals.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import { type Body, type Call, noRoute } from '../../http/call.ts';
import { createIamPolicies, type Target } from '../iam-policies.ts';
import { mayActAs } from '../may-act-as.ts';
import { answerPage } from '../page.ts';
import { alreadyExists, idOf, notFound, type PubsubContext, permitOf, readPubsubCall } from './pubsub-call.ts';

const BASE = '/v1/projects/:project/subscriptions';
/** What consumes messages, by its method. */
const consumers = {
  pull(subscription: Subscription, { maxMessages }: Body, pubsub: Pubsub): object {
    if (typeof maxMessages !== 'number' || !Number.isInteger(maxMessages) || maxMessages < 1)
      throw invalidField('max_messages', 'It is a whole number from 1 on.');
    const pulled = pubsub.pull(subscription, Math.min(maxMessages, MOST_PULLED));
    if (pulled.length === 0) return {};
    return {
      receivedMessages: pulled.map(({ ackId, message, deliveryAttempt }) => {
        const { orderingKey, ...rest } = message;
        return {
          ackId,
          message: { ...rest, ...(orderingKey === '' ? {} : { orderingKey }) },
          ...(deliveryAttempt === undefined ? {} : { deliveryAttempt }),
        };
      }),
    };
  },
  acknowledge(subscription: Subscription, { ackIds }: Body, pubsub: Pubsub): object {
    pubsub.acknowledge(subscription, readAckIds(ackIds));
    return {};
  },
  modifyAckDeadline(subscription: Subscription, { ackIds, ackDeadlineSeconds }: Body, pubsub: Pubsub): object {
    if (typeof ackDeadlineSeconds !== 'number' || !(ackDeadlineSeconds >= 0 && ackDeadlineSeconds <= 600))
      throw invalidField('ack_deadline_seconds', 'It is a number of seconds from 0 to 600.');
    pubsub.modifyAckDeadline(subscription, readAckIds(ackIds), ackDeadlineSeconds);
    return {};
  },
} as const;
const MOST_PULLED = 1000;

function readAckIds(ackIds: unknown): readonly string[] {
  if (Array.isArray(ackIds) && ackIds.length > 0 && ackIds.every((one) => typeof one === 'string')) return ackIds;
  throw invalidField('ack_ids', 'They are the ackIds of messages that were pulled.');
}

const CHANGEABLE = [
  'ackDeadlineSeconds',
  'deadLetterPolicy',
  'expirationPolicy',
  'labels',
  'messageRetentionDuration',
  'pushConfig',
  'retainAckedMessages',
  'retryPolicy',
];

/**
 * Subscriptions, whom they push to and as whom, and their policies.
 * @see https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
 */
export async function subscriptionRoutes(app: FastifyInstance, context: PubsubContext): Promise<void> {
  const { project, iam, deliveries } = context;
  const { pubsub, findGate } = deliveries;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readPubsubCall(request, context);
  const fullName = (id: string) => `projects/${project.id}/subscriptions/${id}`;

  app.put(`${BASE}/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, body } = call;
    if (call.method !== undefined) throw noRoute(request);
    permitOf(context, caller, 'pubsub.subscriptions.create', 'project');
    checkId(name, 'subscription');
    const full = fullName(name);
    const subscription = completeSubscription(full, readSubscription(body), findGate);
    const topic = byId(subscription.topic);
    permitOf(context, caller, 'pubsub.topics.attachSubscription', `topics/${idOf(topic)}`);
    mayPush(caller, subscription);
    if (pubsub.topics.find(topic) === undefined) throw notFound(topic);
    if (pubsub.subscriptions.find(full) !== undefined) throw alreadyExists(full);
    return pubsub.subscriptions.put({ ...subscription, topic });
  });
  app.get(BASE, async (request) => {
    const { caller, query } = await read(request);
    permitOf(context, caller, 'pubsub.subscriptions.list', 'project');
    return answerPage('subscriptions', pubsub.subscriptions.list(), query, (one) => one);
  });
  app.get(`${BASE}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyMethod(call, request);
    permitOf(context, call.caller, 'pubsub.subscriptions.get', `subscriptions/${call.name}`);
    return subscriptionNamed(call.name);
  });
  app.patch(`${BASE}/:target`, async (request) => {
    const { caller, name, body } = await read(request);
    permitOf(context, caller, 'pubsub.subscriptions.update', `subscriptions/${name}`);
    const before = subscriptionNamed(name);
    const mask = readMask(body.updateMask, CHANGEABLE);
    if (mask === undefined) throw invalidField('update_mask', `It names what changes: ${CHANGEABLE.join(', ')}.`);
    const sent: Record<string, unknown> = { ...readSubscription(body.subscription ?? {}) };
    const { state: _state, ...current } = before;
    const after = changed<Record<string, unknown>>(current, sent, mask) as SentSubscription;
    return replaced(caller, completeSubscription(before.name, after, findGate));
  });
  app.delete(`${BASE}/:target`, async (request) => {
    const { caller, name } = await read(request);
    permitOf(context, caller, 'pubsub.subscriptions.delete', `subscriptions/${name}`);
    pubsub.subscriptions.remove(subscriptionNamed(name).name);
    iam.policies.remove(`subscriptions/${name}`);
    return {};
  });
  app.post(`${BASE}/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, method = '', body } = call;
    if (Object.hasOwn(consumers, method)) return consume(call, method as keyof typeof consumers);
    if (method !== 'modifyPushConfig') return policyMethod(call, request);
    permitOf(context, caller, 'pubsub.subscriptions.update', `subscriptions/${name}`);
    const { pushConfig } = readSubscription({ pushConfig: body.pushConfig ?? {} });
    replaced(caller, { ...subscriptionNamed(name), pushConfig: completePush(pushConfig, findGate) });
    return {};
  });

  /** Who pulls. @throws GoogleError FAILED_PRECONDITION where it is pushed */
  function consume({ caller, name, body }: Call, method: keyof typeof consumers): object {
    permitOf(context, caller, 'pubsub.subscriptions.consume', `subscriptions/${name}`);
    const subscription = subscriptionNamed(name);
    if (isPush(subscription))
      throw new GoogleError(
        'FAILED_PRECONDITION',
        'This method is not supported for this subscription type. Its messages are pushed.',
      );
    return consumers[method](subscription, body, pubsub);
  }

  function replaced(caller: ProvenPrincipal, subscription: Subscription): Subscription {
    mayPush(caller, subscription);
    return pubsub.subscriptions.put(subscription);
  }

  /** Whoever has messages pushed as an account must be allowed to be it. */
  function mayPush(caller: ProvenPrincipal, subscription: Subscription): void {
    if (isPush(subscription) && subscription.pushConfig.oidcToken !== undefined)
      mayActAs(context, caller, subscription.pushConfig.oidcToken.serviceAccountEmail);
  }

  /** The topic by its project's id, though it may be named by its number. @throws GoogleError INVALID_ARGUMENT */
  function byId(topic: string): string {
    const [, named = '', id] = /^projects\/([^/]+)\/topics\/([^/]+)$/.exec(topic) ?? [];
    if (topic === DELETED_TOPIC || id === undefined)
      throw invalidField('topic', 'It is projects/PROJECT/topics/TOPIC.');
    return `projects/${named === project.number ? project.id : named}/topics/${id}`;
  }

  function subscriptionNamed(id: string): Subscription {
    const subscription = pubsub.subscriptions.find(fullName(id));
    if (subscription === undefined) throw notFound(id);
    return subscription;
  }

  function policyMethod(call: Call, request: FastifyRequest): object {
    const target = (id: string): Target => ({ resource: `subscriptions/${id}`, permissions: 'pubsub.subscriptions' });
    const find = (id: string) => {
      subscriptionNamed(id);
      return target(id);
    };
    const answer = policies.answer(call, find, target);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }
}
