import { MESSAGE_PUBLISHED } from '@run-edges/edges';
import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import { GoogleError, invalidField } from '../../internal/google-api/google-error.ts';
import { anything, message, text, texts } from '../shapes.ts';
import type { Trigger } from './resources.ts';

export interface SentTrigger {
  readonly name?: string;
  readonly eventFilters?: readonly {
    readonly attribute?: string;
    readonly value?: string;
    readonly operator?: string;
  }[];
  readonly serviceAccount?: string;
  readonly destination?: { readonly cloudRun?: { service?: string; region?: string; path?: string } };
  readonly transport?: { readonly pubsub?: { readonly topic?: string; readonly subscription?: string } };
  readonly labels?: Readonly<Record<string, string>>;
  readonly etag?: string;
}

const shape = shapeCheck<SentTrigger>(
  message({
    name: text,
    uid: text,
    createTime: text,
    updateTime: text,
    eventFilters: { type: 'array', items: message({ attribute: text, value: text, operator: text }) },
    serviceAccount: text,
    destination: message({
      cloudRun: message({ service: text, region: text, path: text }),
      cloudFunction: anything,
      gke: anything,
      workflow: anything,
      httpEndpoint: anything,
      networkConfig: anything,
    }),
    transport: message({ pubsub: message({ topic: text, subscription: text }) }),
    labels: texts,
    channel: text,
    conditions: anything,
    eventDataContentType: text,
    retryPolicy: anything,
    satisfiesPzs: anything,
    etag: text,
  }),
);

/** What a trigger says, but for what carries its events. */
export type TriggerSettings = Pick<Trigger, 'eventFilters' | 'serviceAccount' | 'destination' | 'labels'> & {
  /** Undefined: one is made. */
  readonly topic: string | undefined;
};

/** @throws GoogleError INVALID_ARGUMENT */
export function readTrigger(body: unknown): SentTrigger {
  return shape(body);
}

/** @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED */
export function completeTrigger(sent: SentTrigger): TriggerSettings {
  const { eventFilters = [], serviceAccount = '', destination = {}, transport, labels } = sent;
  const type = eventFilters.find(({ attribute }) => attribute === 'type')?.value;
  if (type === undefined) throw invalidField('trigger.event_filters', 'One of them is of the attribute "type".');
  if (type !== MESSAGE_PUBLISHED)
    throw new GoogleError(
      'UNIMPLEMENTED',
      `Events of the type ${type} do not happen in run-edges: ${MESSAGE_PUBLISHED} does.`,
    );
  const other = eventFilters.find(({ attribute }) => attribute !== 'type');
  if (other !== undefined)
    throw invalidField('trigger.event_filters', `Events of this type have no attribute "${other.attribute}".`);
  const { service = '', region = '', path } = destination.cloudRun ?? {};
  if (service === '' || region === '')
    throw invalidField(
      'trigger.destination',
      'It is a Cloud Run service, by its name and its region: others are not here.',
    );
  if (!/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(service) || !/^[a-z]+-[a-z]+\d+$/.test(region))
    throw invalidField('trigger.destination.cloud_run', 'It is the name of a service, and a region.');
  if (path !== undefined && !/^\/[\w./~%!$&'()*+,;=:@-]*$/.test(path))
    throw invalidField('trigger.destination.cloud_run.path', 'It begins with a slash, and has no query.');
  if (serviceAccount === '') throw invalidField('trigger.service_account', 'It is the e-mail of a service account.');
  const topic = transport?.pubsub?.topic;
  if (topic !== undefined && topic !== '' && !/^projects\/[^/]+\/topics\/[^/]+$/.test(topic))
    throw invalidField('trigger.transport.pubsub.topic', 'It is projects/PROJECT/topics/TOPIC.');
  return {
    eventFilters: [{ attribute: 'type', value: type }],
    serviceAccount: serviceAccount.replace(/^projects\/[^/]+\/serviceAccounts\//, ''),
    destination: { cloudRun: { service, region, ...(path === undefined || path === '' ? {} : { path }) } },
    ...(labels === undefined ? {} : { labels }),
    topic: topic === '' ? undefined : topic,
  };
}
