import type { SourceGrant } from '@run-edges/edges';
import { type Change, granting, type Step } from '../deploy/change.ts';
import { DeploymentError } from '../deployment/deployment-error.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import type { Place } from '../deployment/place.ts';
import type { Command } from '../gcloud/command.ts';
import { type LiveResource, located, ofProject, type WantedResource } from './kind.ts';
import { kinds } from './kinds.ts';
import type { FoundSenders } from './live-senders.ts';
import type { WantedSenders } from './wanted-senders.ts';

/**
 * Makes what is not there, and brings the rest to what is wanted.
 * @throws DeploymentError where one of the name cannot be brought there, or is somebody else's
 */
export function senderSteps(
  { resources }: WantedSenders,
  found: FoundSenders,
  { place, adopt }: { readonly place: Place; readonly adopt: boolean },
): Step[] {
  return resources.flatMap((wanted): Step[] => {
    const kind = kinds[wanted.kind];
    const live = found.resources.find(({ kind, name }) => kind === wanted.kind && name === wanted.name);
    const changes = changesOf(wanted, live);
    if (live === undefined) return [{ command: kind.create(wanted, place), changes }];
    if (changes.length === 0) return [];
    if (!adopt) refuseOfOthers(live, place);
    const fixed = changes.filter(({ what }) => kind.fixed.includes(what));
    if (fixed.length > 0) throw new DeploymentError(...fixedFault(live, fixed, place));
    return kind.update === undefined ? [] : [{ command: kind.update(wanted, live, place), changes }];
  });
}

/** Who may make senders call. */
export function sourceGrantSteps({ grants }: WantedSenders, found: FoundSenders, place: Place): Step[] {
  return grants
    .filter((grant) => !isThere(grant, found))
    .map((grant) => granting(`${grant.on} ${grant.name}`, grant.role, grant.member, grantCommand(grant, place)));
}

export function isThere({ on, name, role, member }: SourceGrant, { bindings }: FoundSenders): boolean {
  const policy = bindings.find((one) => one.on === on && one.name === name)?.bindings ?? [];
  return policy.some((one) => one.role === role && one.condition === undefined && one.members.includes(member));
}

export function grantCommand({ on, name, role, member }: SourceGrant, place: Place): Command {
  const what = [`--member=${member}`, `--role=${role}`];
  switch (on) {
    case 'topic':
      return ['pubsub', 'topics', 'add-iam-policy-binding', name, ...what, ofProject(place)];
    case 'subscription':
      return ['pubsub', 'subscriptions', 'add-iam-policy-binding', name, ...what, ofProject(place)];
    case 'queue':
      return ['tasks', 'queues', 'add-iam-policy-binding', name, ...what, ...located(place)];
    case 'account':
      return ['iam', 'service-accounts', 'add-iam-policy-binding', name, ...what, '--condition=None', ofProject(place)];
    case 'project':
      return ['projects', 'add-iam-policy-binding', name, ...what, '--condition=None'];
  }
}

/** What of a live one is not as wanted; of one that is not there, all that is wanted. */
export function changesOf(wanted: WantedResource, live: LiveResource | undefined): readonly Change[] {
  const on = `${wanted.kind} ${wanted.name}`;
  if (live === undefined) {
    const said = Object.entries(wanted.flags);
    const change = (what: string, after: string | true): Change => ({
      ...{ action: 'create', on, what },
      ...{ before: null, after: String(after) },
    });
    return said.length === 0 ? [change('name', wanted.name)] : said.map(([what, after]) => change(what, after));
  }
  const flags = new Set([...Object.keys(wanted.flags), ...Object.keys(live.flags)]);
  const differing = [...flags].flatMap((what): Change[] => {
    const [before, after] = [live.flags[what], wanted.flags[what]];
    if (before === after) return [];
    return [{ action: 'update', on, what, before: shown(before), after: shown(after) }];
  });
  // A topic is as it is, whoever made it.
  if (wanted.kind === 'topic' || live.managedBy === undefined || live.managedBy === MANAGED_BY) return differing;
  const label = { what: 'label managed-by', before: live.managedBy || null, after: MANAGED_BY };
  return [...differing, { action: 'update', on, ...label }];
}

function shown(value: string | true | undefined): string | null {
  return value === undefined ? null : String(value);
}

/** What has no label is known by its name alone. */
function refuseOfOthers({ kind, name, managedBy }: LiveResource, { project }: Place): void {
  if (managedBy === undefined || managedBy === MANAGED_BY) return;
  throw new DeploymentError(
    `The name is taken: ${kind} ${name} in ${project} was made by ${managedBy || 'somebody else'}, not by run-edges.`,
    `Rename it in the declaration, deploy to another project, or take it over with --adopt.`,
  );
}

function fixedFault({ kind, name }: LiveResource, fixed: readonly Change[], place: Place): [string, string] {
  const said = fixed.map(
    ({ what, before, after }) => `${what} is ${before ?? 'not set'} and would be ${after ?? 'not set'}`,
  );
  const remove = ['gcloud', ...kinds[kind].remove(name, place)].join(' ');
  return [
    `The ${kind} ${name} cannot be changed: ${said.join('; ')}.`,
    `Give it another name in the declaration; or delete it, with what waits in it, and deploy again: ${remove}`,
  ];
}
