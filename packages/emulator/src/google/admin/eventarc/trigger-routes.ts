import type { FastifyInstance, FastifyRequest } from 'fastify';
import { completeTrigger, readTrigger, type SentTrigger } from '../../../delivery/eventarc/read-trigger.ts';
import type { Trigger } from '../../../delivery/eventarc/resources.ts';
import type { Permission } from '../../../iam/roles/permissions.ts';
import { GoogleError, invalidField, permissionDenied } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import type { Operation, Operations } from '../../../run/services/v2/operations.ts';
import { noRoute } from '../../http/call.ts';
import { permitted } from '../../http/permit.ts';
import { createIamPolicies, type Target } from '../iam-policies.ts';
import { mayActAs } from '../may-act-as.ts';
import { answerPage } from '../page.ts';
import { policyOf, readSenderCall, type SenderCall, type SenderContext } from '../sender-call.ts';

const TRIGGERS = '/v1/projects/:project/locations/:location/triggers';
const CHANGEABLE = ['destination', 'eventFilters', 'labels', 'serviceAccount'];
const TYPE = 'type.googleapis.com/google.cloud.eventarc.v1';

/**
 * Triggers of Eventarc, for messages of a topic, and their policies.
 * @see https://docs.cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers
 */
export async function triggerRoutes(
  app: FastifyInstance,
  context: SenderContext & { readonly operations: Operations },
): Promise<void> {
  const { project, iam, deliveries, operations, now } = context;
  const { eventarc } = deliveries;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readSenderCall(request, 'eventarc', context);

  app.post(TRIGGERS, async (request) => {
    const call = await read(request);
    permit(call, 'eventarc.triggers.create');
    const id = call.query.triggerId ?? '';
    if (!/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(id))
      throw invalidField('trigger_id', 'It has 1 to 63 letters, digits and dashes, and begins with a letter.');
    const settings = asked(call, readTrigger(call.body));
    const name = `${call.parent}/triggers/${id}`;
    if (eventarc.triggers.find(name) !== undefined)
      throw new GoogleError('ALREADY_EXISTS', `Resource '${name}' already exists.`);
    const trigger = eventarc.prepare(name, settings);
    if (call.query.validateOnly !== 'true') eventarc.create(trigger, settings);
    return done(call, 'create', trigger);
  });
  app.get(TRIGGERS, async (request) => {
    const call = await read(request);
    permit(call, 'eventarc.triggers.list');
    const ours = eventarc.triggers.list().filter(({ name }) => name.startsWith(`${call.parent}/`));
    return answerPage('triggers', ours, call.query, shown);
  });
  app.get(`${TRIGGERS}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyMethod(call, request);
    permit(call, 'eventarc.triggers.get', call.name);
    return shown(triggerNamed(call));
  });
  app.patch(`${TRIGGERS}/:target`, async (request) => {
    const call = await read(request);
    permit(call, 'eventarc.triggers.update', call.name);
    const before = triggerNamed(call);
    const sent = readTrigger(call.body);
    const mask = readMask(call.query.updateMask, CHANGEABLE) ?? CHANGEABLE.filter((name) => Object.hasOwn(sent, name));
    const { eventFilters, serviceAccount, destination, labels } = before;
    const current: Record<string, unknown> = { eventFilters, serviceAccount, destination, labels };
    const settings = asked(call, changed(current, sent as Record<string, unknown>, mask) as SentTrigger);
    if (call.query.validateOnly === 'true') return done(call, 'update', before);
    return done(call, 'update', eventarc.update(before, settings));
  });
  app.delete(`${TRIGGERS}/:target`, async (request) => {
    const call = await read(request);
    permit(call, 'eventarc.triggers.delete', call.name);
    const trigger = triggerNamed(call);
    const { etag = trigger.etag, validateOnly } = call.query;
    if (etag !== trigger.etag) throw new GoogleError('ABORTED', 'The etag is not the newest one of the trigger.');
    if (validateOnly !== 'true') {
      eventarc.remove(trigger);
      iam.policies.remove(policyOf('triggers', call.name, call, context));
    }
    return done(call, 'delete', trigger);
  });
  app.post(`${TRIGGERS}/:target`, async (request) => policyMethod(await read(request), request));

  /** Whoever has events delivered as an account must be allowed to be it. */
  function asked(call: SenderCall, sent: SentTrigger) {
    const settings = completeTrigger(sent);
    mayActAs(context, call.caller, settings.serviceAccount);
    const foreign = settings.topic !== undefined && !settings.topic.startsWith(`projects/${project.id}/`);
    if (foreign) throw invalidField('trigger.transport.pubsub.topic', `It is one of the project ${project.id}.`);
    return settings;
  }

  function permit(call: SenderCall, permission: Permission, id?: string): void {
    const resource = id === undefined ? 'project' : policyOf('triggers', id, call, context);
    if (!permitted(iam, call.caller, permission, resource)) throw permissionDenied(permission);
  }

  function triggerNamed({ parent, name }: SenderCall): Trigger {
    const trigger = eventarc.triggers.find(`${parent}/triggers/${name}`);
    if (trigger === undefined)
      throw new GoogleError('NOT_FOUND', `Resource '${parent}/triggers/${name}' was not found`);
    return trigger;
  }

  function done({ location }: SenderCall, verb: string, trigger: Trigger): Operation {
    const time = new Date(now() * 1000).toISOString();
    const metadata = {
      '@type': `${TYPE}.OperationMetadata`,
      createTime: time,
      endTime: time,
      target: trigger.name,
      verb,
      requestedCancellation: false,
      apiVersion: 'v1',
    };
    return operations.begin(metadata, Promise.resolve({ '@type': `${TYPE}.Trigger`, ...trigger }), location);
  }

  function policyMethod(call: SenderCall, request: FastifyRequest): object {
    const target = (id: string): Target => ({
      resource: policyOf('triggers', id, call, context),
      permissions: 'eventarc.triggers',
    });
    const find = (id: string) => {
      triggerNamed(call);
      return target(id);
    };
    const answer = policies.answer(call, find, target);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }
}

function shown(trigger: Trigger): object {
  return { ...trigger };
}
