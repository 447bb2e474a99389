import {
  type Declaration,
  deterministicUrl,
  type Sender,
  type SourceGrant,
  senderAccount,
  sourceGrants,
  topicName,
} from '@run-edges/edges';
import type { Place } from '../deployment/place.ts';
import { nearestRegion } from '../deployment/regions.ts';
import { idOf, type WantedResource } from './kind.ts';
import { queueFlags } from './queue.ts';
import { scheduleFlags } from './schedule.ts';
import { type Push, subscriptionFlags } from './subscription.ts';
import { triggerFlags } from './trigger.ts';

/** What the senders of a declaration ask of a project. */
export interface WantedSenders {
  readonly resources: readonly WantedResource[];
  readonly grants: readonly SourceGrant[];
}

/** What is made in this project; a sender of another one is made there. */
export function wantedSenders(declaration: Declaration, place: Place): WantedSenders {
  const own = (declaration.senders ?? []).filter(({ project }) => project === undefined || project === place.project);
  const resources = own.flatMap((sender) => resourcesOf(declaration, sender, place));
  return { resources: once(resources), grants: sourceGrants(declaration, { id: place.project, number: place.number }) };
}

function resourcesOf(declaration: Declaration, sender: Sender, place: Place): WantedResource[] {
  const { name, pubsub, tasks, scheduler, eventarc, path } = sender;
  const named = (topic: string) => topicName(topic, place.project);
  const topics = [pubsub?.topic, pubsub?.deadLetter?.topic, eventarc?.topic]
    .filter((topic) => topic !== undefined)
    .map(named)
    .filter((topic) => topic.startsWith(`projects/${place.project}/`))
    .map((topic): WantedResource => ({ kind: 'topic', name: idOf(topic), flags: {} }));
  const push = pushTo(declaration, sender, place);
  const region = nearestRegion(declaration, sender.to, place);
  const { account } = push;
  return [
    ...topics,
    ...(pubsub === undefined
      ? []
      : [
          {
            kind: 'subscription' as const,
            name: pubsub.subscription,
            flags: subscriptionFlags(pubsub, push, named),
          },
        ]),
    ...(tasks === undefined ? [] : [{ kind: 'queue' as const, name: tasks.queue, flags: queueFlags(tasks) }]),
    ...(scheduler === undefined ? [] : [{ kind: 'schedule' as const, name, flags: scheduleFlags(scheduler, push) }]),
    ...(eventarc === undefined
      ? []
      : [
          {
            kind: 'trigger' as const,
            name,
            flags: triggerFlags(eventarc, { service: sender.to, region, path, account }, named),
          },
        ]),
  ];
}

/** The audience is said: by default it is the URL with the path, and with a query, which Cloud Run refuses. */
function pushTo(declaration: Declaration, sender: Sender, place: Place): Push {
  const external = declaration.external?.find(({ name }) => name === sender.to);
  const region = nearestRegion(declaration, sender.to, place);
  const url = external?.url ?? deterministicUrl(sender.to, { number: place.number, region });
  return {
    endpoint: `${url}${sender.path}`,
    account: senderAccount(sender, place.project),
    audience: external?.audience ?? url,
  };
}

/** Senders share topics and queues. */
function once<T>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
