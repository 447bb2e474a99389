import type { FastifyInstance, FastifyRequest } from 'fastify';
import { completeQueue, readQueue } from '../../../delivery/tasks/read-queue.ts';
import type { Queue } from '../../../delivery/tasks/resources.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import { noRoute } from '../../http/call.ts';
import { createIamPolicies, type Target } from '../iam-policies.ts';
import { answerPage } from '../page.ts';
import { permitSender, policyOf, readSenderCall, type SenderCall, type SenderContext } from '../sender-call.ts';

export const QUEUES = '/v2/projects/:project/locations/:location/queues';
const RATES = ['maxDispatchesPerSecond', 'maxConcurrentDispatches'].map((one) => `rateLimits.${one}`);
const RETRIES = ['maxAttempts', 'maxRetryDuration', 'minBackoff', 'maxBackoff', 'maxDoublings'].map(
  (one) => `retryConfig.${one}`,
);
const CHANGEABLE = ['rateLimits', 'retryConfig', ...RATES, ...RETRIES];

/**
 * Queues of Cloud Tasks: made, changed, paused, emptied, deleted, and their policies.
 * @see https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues
 */
export async function queueRoutes(app: FastifyInstance, context: SenderContext): Promise<void> {
  const { iam, deliveries } = context;
  const { tasks } = deliveries;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readSenderCall(request, 'cloudtasks', context);

  app.post(QUEUES, async (request) => {
    const call = await read(request);
    const sent = readQueue(call.body);
    permitSender(context, call, 'cloudtasks.queues.create', call.parent);
    const { name = '' } = sent;
    const id = name.startsWith(`${call.parent}/queues/`) ? name.slice(call.parent.length + 8) : '';
    if (!/^[A-Za-z0-9-]{1,100}$/.test(id))
      throw invalidField('queue.name', `It is ${call.parent}/queues/ID, with letters, digits and dashes.`);
    if (tasks.queues.find(name) !== undefined) throw new GoogleError('ALREADY_EXISTS', 'Queue already exists');
    tasks.checkName(name);
    return tasks.queues.put(completeQueue(name, sent));
  });
  app.get(QUEUES, async (request) => {
    const call = await read(request);
    permitSender(context, call, 'cloudtasks.queues.list', call.parent);
    const ours = tasks.queues.list().filter(({ name }) => name.startsWith(`${call.parent}/`));
    return answerPage('queues', ours, call.query, (queue) => queue);
  });
  app.get(`${QUEUES}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyMethod(call, request);
    permit(call, 'cloudtasks.queues.get');
    return queueNamed(call);
  });
  app.patch(`${QUEUES}/:target`, async (request) => {
    const call = await read(request);
    permit(call, 'cloudtasks.queues.update');
    const sent = readQueue(call.body);
    const name = `${call.parent}/queues/${call.name}`;
    const before = tasks.queues.find(name);
    if (before === undefined) {
      permitSender(context, call, 'cloudtasks.queues.create', call.parent);
      return tasks.queues.put(completeQueue(name, sent));
    }
    const { rateLimits, retryConfig } = before;
    const { rateLimits: rates, retryConfig: retries } = sent;
    const mask = readMask(call.query.updateMask, CHANGEABLE);
    const after = changed<Record<string, unknown>>(
      { rateLimits, retryConfig },
      { rateLimits: rates, retryConfig: retries },
      mask,
    );
    return tasks.queues.put({ ...before, ...completeQueue(name, after, before.state) });
  });
  app.delete(`${QUEUES}/:target`, async (request) => {
    const call = await read(request);
    permit(call, 'cloudtasks.queues.delete');
    tasks.removeQueue(queueNamed(call).name);
    iam.policies.remove(policyOf('queues', call.name, call, context));
    return {};
  });
  app.post(`${QUEUES}/:target`, async (request) => {
    const call = await read(request);
    const { method } = call;
    if (method !== 'pause' && method !== 'resume' && method !== 'purge') return policyMethod(call, request);
    permit(call, `cloudtasks.queues.${method}`);
    const queue = queueNamed(call);
    return method === 'purge' ? tasks.purge(queue) : tasks.pause(queue, method === 'pause');
  });

  function permit(call: SenderCall, permission: Parameters<typeof permitSender>[2]): void {
    const resource = policyOf('queues', call.name, call, context);
    permitSender(context, call, permission, `${call.parent}/queues/${call.name}`, resource);
  }

  function queueNamed({ parent, name }: SenderCall): Queue {
    const queue = tasks.queues.find(`${parent}/queues/${name}`);
    if (queue === undefined) throw queueNotFound();
    return queue;
  }

  function policyMethod(call: SenderCall, request: FastifyRequest): object {
    const target = (id: string): Target => ({
      resource: policyOf('queues', id, call, context),
      permissions: 'cloudtasks.queues',
    });
    const find = (id: string) => {
      queueNamed(call);
      return target(id);
    };
    const answer = policies.answer(call, find, target);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }
}

export function queueNotFound(): GoogleError {
  return new GoogleError(
    'NOT_FOUND',
    'Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.',
  );
}
