import {
  type Caller,
  type Declaration,
  deterministicUrl,
  findCaller,
  memberOf,
  type Sender,
  senderAccount,
  topicName,
} from '@run-edges/edges';
import type { Place } from '../deployment/place.ts';
import { nearestRegion } from '../deployment/regions.ts';
import { idOf, type WantedResource } from './kind.ts';
import { queueFlags } from './queue.ts';
import { scheduleFlags } from './schedule.ts';
import { type Push, subscriptionFlags } from './subscription.ts';
import { triggerFlags } from './trigger.ts';

export const PUBLISHER = 'roles/pubsub.publisher';
export const SUBSCRIBER = 'roles/pubsub.subscriber';
export const ENQUEUER = 'roles/cloudtasks.enqueuer';
export const ACCOUNT_USER = 'roles/iam.serviceAccountUser';
export const EVENT_RECEIVER = 'roles/eventarc.eventReceiver';

/** Who may make senders call, and what senders need themselves. */
export interface SourceGrant {
  readonly on: 'topic' | 'subscription' | 'queue' | 'account' | 'project';
  /** Id of the topic, subscription or queue, e-mail of the account, or the project. */
  readonly name: string;
  readonly role: string;
  readonly member: string;
}

/** What the senders of a declaration ask of a project. */
export interface WantedSenders {
  readonly resources: readonly WantedResource[];
  readonly grants: readonly SourceGrant[];
}

/** What is made in this project; a sender of another one is made there. */
export function wantedSenders(declaration: Declaration, place: Place): WantedSenders {
  const own = (declaration.senders ?? []).filter(({ project }) => project === undefined || project === place.project);
  const resources = own.flatMap((sender) => resourcesOf(declaration, sender, place));
  const grants = own.flatMap((sender) => grantsFor(declaration, sender, place));
  return { resources: once(resources), grants: once(grants) };
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

function grantsFor(declaration: Declaration, sender: Sender, place: Place): SourceGrant[] {
  const { pubsub, tasks, eventarc, from } = sender;
  const account = senderAccount(sender, place.project);
  const members = from.map((name) => memberOf(findCaller(declaration, name) as Caller, place.project));
  const topic = pubsub?.topic ?? eventarc?.topic;
  const ownTopic = topic !== undefined && isOwn(topic, place) ? idOf(topic) : undefined;
  // Pub/Sub itself moves what was refused too often.
  const agent = `serviceAccount:service-${place.number}@gcp-sa-pubsub.iam.gserviceaccount.com`;
  const dead = pubsub?.deadLetter;
  return [
    ...members.flatMap((member): SourceGrant[] => [
      ...(ownTopic === undefined ? [] : [{ on: 'topic' as const, name: ownTopic, role: PUBLISHER, member }]),
      ...(tasks === undefined
        ? []
        : [
            { on: 'queue' as const, name: tasks.queue, role: ENQUEUER, member },
            { on: 'account' as const, name: account, role: ACCOUNT_USER, member },
          ]),
    ]),
    ...(pubsub === undefined || dead === undefined
      ? []
      : [
          ...(isOwn(dead.topic, place)
            ? [{ on: 'topic' as const, name: idOf(dead.topic), role: PUBLISHER, member: agent }]
            : []),
          { on: 'subscription' as const, name: pubsub.subscription, role: SUBSCRIBER, member: agent },
        ]),
    ...(eventarc === undefined
      ? []
      : [{ on: 'project' as const, name: place.project, role: EVENT_RECEIVER, member: `serviceAccount:${account}` }]),
  ];
}

function isOwn(topic: string, { project }: Place): boolean {
  return topicName(topic, project).startsWith(`projects/${project}/`);
}

/** Senders share topics and queues. */
function once<T>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
