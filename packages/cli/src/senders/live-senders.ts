import type { SourceGrant } from '@run-edges/edges';
import { accountBindings, type LiveAccount, projectBindings } from '../deployment/live.ts';
import type { Place } from '../deployment/place.ts';
import type { Binding } from '../gcloud/binding.ts';
import type { Command } from '../gcloud/command.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { printed } from '../gcloud/gcloud-answers.ts';
import { type LiveResource, located, ofProject, type ResourceKind } from './kind.ts';
import { kinds, resourceKinds } from './kinds.ts';
import type { WantedSenders } from './wanted-senders.ts';

/** What there is of what senders are made of. */
export interface FoundSenders {
  readonly resources: readonly LiveResource[];
  /** The policy of each place where something is granted. */
  readonly bindings: readonly (Pick<SourceGrant, 'on' | 'name'> & { readonly bindings: readonly Binding[] })[];
}

export const NO_SENDERS: FoundSenders = { resources: [], bindings: [] };

export interface Known {
  readonly place: Place;
  /** The APIs that are on. */
  readonly enabled: ReadonlySet<string>;
  /** The accounts that there are. */
  readonly accounts: readonly LiveAccount[];
  /** Look at what is not wanted, too, and at who else may make senders call. */
  readonly everything?: boolean;
}

/** Looks at the kinds that are wanted; writes nothing. @throws GcloudError */
export async function findSenders(
  gcloud: Gcloud,
  { resources, grants }: WantedSenders,
  known: Known,
): Promise<FoundSenders> {
  const { place, enabled, everything = false } = known;
  const isWanted = (kind: ResourceKind) => everything || resources.some((one) => one.kind === kind);
  const found = await everyResource(gcloud, place, enabled, isWanted);
  const used = resources.filter(({ kind }) => kind === 'topic' || kind === 'queue');
  const places = new Map(
    [...grants, ...(everything ? used.map(({ kind, name }) => ({ on: kind as SourceGrant['on'], name })) : [])].map(
      ({ on, name }) => [`${on} ${name}`, { on, name }],
    ),
  );
  const bindings = await Promise.all(
    [...places.values()].map(async ({ on, name }) => ({
      on,
      name,
      bindings: await bindingsOf(gcloud, { on, name }, { ...known, found }),
    })),
  );
  return { resources: found, bindings };
}

/** Every resource of the kinds whose APIs are on. @param isMeant which kinds. Default: all @throws GcloudError */
export async function everyResource(
  gcloud: Gcloud,
  place: Place,
  enabled: ReadonlySet<string>,
  isMeant: (kind: ResourceKind) => boolean = () => true,
): Promise<readonly LiveResource[]> {
  const on = resourceKinds.filter((kind) => isMeant(kind) && enabled.has(kinds[kind].api));
  return (await Promise.all(on.map((kind) => kinds[kind].find(gcloud, place)))).flat();
}

interface LiveFound {
  readonly found: readonly LiveResource[];
}

/** None, where it is not there yet. */
async function bindingsOf(
  gcloud: Gcloud,
  { on, name }: Pick<SourceGrant, 'on' | 'name'>,
  { place, found, enabled, accounts }: Known & LiveFound,
): Promise<readonly Binding[]> {
  if (on === 'project')
    return enabled.has('cloudresourcemanager.googleapis.com') ? projectBindings(gcloud, place.project) : [];
  if (on === 'account')
    return accounts.some(({ email }) => email === name) ? accountBindings(gcloud, name, place.project) : [];
  if (!found.some((one) => one.kind === on && one.name === name)) return [];
  return (await gcloud.json(policyOf(on, name, place), printed.policy)).bindings ?? [];
}

function policyOf(on: ResourceKind, name: string, place: Place): Command {
  if (on === 'queue') return ['tasks', 'queues', 'get-iam-policy', name, ...located(place)];
  return ['pubsub', on === 'topic' ? 'topics' : 'subscriptions', 'get-iam-policy', name, ofProject(place)];
}
