import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readMessages } from '../../../delivery/pubsub/read-messages.ts';
import { checkId, readTopic } from '../../../delivery/pubsub/read-subscription.ts';
import type { Topic } from '../../../delivery/pubsub/resources.ts';
import { invalidField } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import { type Call, noRoute } from '../../http/call.ts';
import { createIamPolicies, type Target } from '../iam-policies.ts';
import { answerPage, page } from '../page.ts';
import { alreadyExists, notFound, type PubsubContext, permitOf, readPubsubCall } from './pubsub-call.ts';

const BASE = '/v1/projects/:project/topics';
const CHANGEABLE = ['labels', 'messageRetentionDuration'];
/** Messages of 10 MB in base64, and their JSON. Bytes. */
const PUBLISH_LIMIT = 16 * 1024 * 1024;

/**
 * Topics, their policies, and publishing to them.
 * @see https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics
 */
export async function topicRoutes(app: FastifyInstance, context: PubsubContext): Promise<void> {
  const { project, iam, deliveries } = context;
  const { pubsub } = deliveries;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readPubsubCall(request, context);
  const fullName = (id: string) => `projects/${project.id}/topics/${id}`;

  app.put(`${BASE}/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, body } = call;
    if (call.method !== undefined) throw noRoute(request);
    permitOf(context, caller, 'pubsub.topics.create', 'project');
    checkId(name, 'topic');
    const { labels, messageRetentionDuration } = readTopic(body);
    const full = fullName(name);
    if (pubsub.topics.find(full) !== undefined) throw alreadyExists(full);
    return shown(
      pubsub.topics.put({
        name: full,
        ...(labels === undefined ? {} : { labels }),
        ...(messageRetentionDuration === undefined ? {} : { messageRetentionDuration }),
      }),
    );
  });
  app.get(BASE, async (request) => {
    const { caller, query } = await read(request);
    permitOf(context, caller, 'pubsub.topics.list', 'project');
    return answerPage('topics', ours(pubsub.topics.list()), query, shown);
  });
  app.get(`${BASE}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyMethod(call, request);
    permitOf(context, call.caller, 'pubsub.topics.get', `topics/${call.name}`);
    return shown(topicNamed(call.name));
  });
  app.patch(`${BASE}/:target`, async (request) => {
    const { caller, name, body } = await read(request);
    permitOf(context, caller, 'pubsub.topics.update', `topics/${name}`);
    const topic = topicNamed(name);
    const mask = readMask(body.updateMask, CHANGEABLE);
    if (mask === undefined) throw invalidField('update_mask', `It names what changes: ${CHANGEABLE.join(', ')}.`);
    const { name: _name, ...sent } = readTopic(body.topic ?? {});
    return shown(pubsub.topics.put(changed<Topic & Record<string, unknown>>({ ...topic }, sent, mask)));
  });
  app.delete(`${BASE}/:target`, async (request) => {
    const { caller, name } = await read(request);
    permitOf(context, caller, 'pubsub.topics.delete', `topics/${name}`);
    pubsub.removeTopic(topicNamed(name).name);
    iam.policies.remove(`topics/${name}`);
    return {};
  });
  app.post(`${BASE}/:target`, { bodyLimit: PUBLISH_LIMIT }, async (request) => {
    const call = await read(request);
    const { caller, name, method, body } = call;
    if (method !== 'publish') return policyMethod(call, request);
    permitOf(context, caller, 'pubsub.topics.publish', `topics/${name}`);
    return { messageIds: pubsub.publish(topicNamed(name).name, readMessages(body.messages)) };
  });
  app.get(`${BASE}/:topic/subscriptions`, async (request) => {
    const { caller, query } = await read(request);
    const { topic } = request.params as { topic: string };
    permitOf(context, caller, 'pubsub.topics.get', `topics/${topic}`);
    const full = topicNamed(topic).name;
    const names = pubsub.subscriptions.list().flatMap((one) => (one.topic === full ? [one.name] : []));
    const { items, next } = page(names, query);
    return {
      ...(items.length === 0 ? {} : { subscriptions: items }),
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });

  function topicNamed(id: string): Topic {
    const topic = pubsub.topics.find(fullName(id));
    if (topic === undefined) throw notFound(id);
    return topic;
  }

  function ours(all: readonly Topic[]): readonly Topic[] {
    return all.filter(({ name }) => name.startsWith(`projects/${project.id}/`));
  }

  function policyMethod(call: Call, request: FastifyRequest): object {
    const target = (id: string): Target => ({ resource: `topics/${id}`, permissions: 'pubsub.topics' });
    const find = (id: string) => {
      topicNamed(id);
      return target(id);
    };
    const answer = policies.answer(call, find, target);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }
}

function shown(topic: Topic): object {
  return { ...topic };
}
