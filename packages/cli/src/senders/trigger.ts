import { type EventarcSettings, MESSAGE_PUBLISHED } from '@run-edges/edges';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import { gcloudList } from '../gcloud/gcloud-list.ts';
import { list, object, shape, text } from '../shape.ts';
import { type Flags, flagsOf, flagWords, idOf, type Kind, type LiveResource, located } from './kind.ts';

interface Printed {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  readonly eventFilters?: readonly { readonly attribute: string; readonly value: string }[];
  readonly destination?: {
    readonly cloudRun?: { readonly service?: string; readonly region?: string; readonly path?: string };
  };
  readonly transport?: { readonly pubsub?: { readonly topic?: string; readonly subscription?: string } };
}

const triggers = shape<readonly Printed[]>(
  list(
    object(
      { name: text },
      {
        labels: { type: 'object', additionalProperties: text },
        serviceAccount: text,
        eventFilters: list(object({ attribute: text, value: text })),
        destination: object({}, { cloudRun: object({}, { service: text, region: text, path: text }) }),
        transport: object({}, { pubsub: object({}, { topic: text, subscription: text }) }),
      },
    ),
  ),
);

/** Which service it calls, and as whom. */
export interface Destination {
  readonly service: string;
  readonly region: string;
  readonly path: string;
  readonly account: string;
}

/** @param topicName makes the full name of a declared topic */
export function triggerFlags(
  { type, topic, filters }: EventarcSettings,
  { service, region, path, account }: Destination,
  topicName: (topic: string) => string,
): Flags {
  return flagsOf({
    'event-filters': filterList({ type, ...filters }),
    'transport-topic': topic && topicName(topic),
    'destination-run-service': service,
    'destination-run-region': region,
    'destination-run-path': path === '/' ? undefined : path,
    'service-account': account,
  });
}

/** https://docs.cloud.google.com/sdk/gcloud/reference/eventarc/triggers */
export const trigger: Kind = {
  api: 'eventarc.googleapis.com',
  find: async (gcloud, at) => {
    const all = await gcloud.json(['eventarc', 'triggers', 'list', ...located(at)], triggers);
    return all.filter(({ destination }) => destination?.cloudRun !== undefined).map(asLive);
  },
  create: ({ name, flags }, at) => [
    ...['eventarc', 'triggers', 'create', name, ...flagWords(flags)],
    ...[`--labels=managed-by=${MANAGED_BY}`, ...located(at)],
  ],
  update: ({ name, flags }, live, at) => [
    ...['eventarc', 'triggers', 'update', name, ...flagWords(flags, ['transport-topic'])],
    ...('destination-run-path' in live.flags && !('destination-run-path' in flags)
      ? ['--clear-destination-run-path']
      : []),
    ...[`--update-labels=managed-by=${MANAGED_BY}`, ...located(at)],
  ],
  remove: (name, at) => ['eventarc', 'triggers', 'delete', name, '--quiet', ...located(at)],
  fixed: ['transport-topic'],
};

function asLive({ name, labels, serviceAccount, eventFilters = [], destination, transport }: Printed): LiveResource {
  const { service, region, path } = destination?.cloudRun ?? {};
  const filters = Object.fromEntries(eventFilters.map(({ attribute, value }) => [attribute, value]));
  const carrier = transport?.pubsub?.subscription;
  const isPublished = filters.type === MESSAGE_PUBLISHED;
  return {
    kind: 'trigger',
    name: idOf(name),
    managedBy: labels?.['managed-by'] ?? '',
    ...(carrier === undefined ? {} : { carrier: idOf(carrier) }),
    flags: flagsOf({
      'event-filters': filterList(filters),
      // Of other events it is one that Eventarc made for itself.
      'transport-topic': isPublished ? transport?.pubsub?.topic : undefined,
      'destination-run-service': service,
      'destination-run-region': region,
      'destination-run-path': path === '/' ? undefined : path,
      'service-account': serviceAccount,
    }),
  };
}

function filterList(filters: Readonly<Record<string, string>>): string {
  return gcloudList(
    Object.entries(filters)
      .map(([attribute, value]) => `${attribute}=${value}`)
      .toSorted(),
  );
}
