import { createHash, randomInt, randomUUID } from 'node:crypto';
import { type Project, runAppHosts } from '../../identity/project.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { Message } from '../pubsub/read-messages.ts';
import type { PubsubResources, Subscription } from '../pubsub/resources.ts';
import type { TriggerSettings } from './read-trigger.ts';
import { cloudEventHeaders } from './request.ts';
import type { Trigger, TriggerResources } from './resources.ts';

/** Triggers: each is a subscription to a topic, whose pushes are events. */
export interface Eventarc extends TriggerResources {
  /** What it would be; nothing is made yet. */
  prepare(name: string, settings: TriggerSettings): Trigger;
  /** @throws GoogleError NOT_FOUND where its topic is named, and not there */
  create(trigger: Trigger, settings: TriggerSettings): Trigger;
  update(trigger: Trigger, settings: TriggerSettings): Trigger;
  remove(trigger: Trigger): void;
  /** Headers of an event, where the subscription is a trigger's. */
  more(subscription: Subscription, message: Message): Readonly<Record<string, string>> | undefined;
}

export interface EventarcOptions {
  readonly resources: TriggerResources;
  readonly pubsub: Pick<PubsubResources, 'topics' | 'subscriptions'> & { removeTopic(name: string): void };
  readonly project: Project;
  /** The URL that a service is told as its own, where it is another one here. */
  readonly ownUrlOf: (service: string) => string | undefined;
  readonly millis: () => number;
}

export function createEventarc({ resources, pubsub, project, ownUrlOf, millis }: EventarcOptions): Eventarc {
  const { triggers } = resources;

  function prepare(name: string, settings: TriggerSettings): Trigger {
    const [, location = '', id = ''] = /\/locations\/([^/]+)\/triggers\/(.+)$/.exec(name) ?? [];
    const carrier = `eventarc-${location}-${id}`;
    const number = `${randomInt(100, 1000)}`;
    const topic = settings.topic ?? `projects/${project.id}/topics/${carrier}-${number}`;
    const subscription = `projects/${project.id}/subscriptions/${carrier}-sub-${number}`;
    const time = new Date(millis()).toISOString();
    const { topic: _topic, ...said } = settings;
    const made = { name, uid: randomUUID(), createTime: time, updateTime: time, ...said };
    return withEtag({ ...made, transport: { pubsub: { topic, subscription } } });
  }

  function subscribe(trigger: Trigger): void {
    const { cloudRun } = trigger.destination;
    const url = `https://${runAppHosts(cloudRun.service, { ...project, region: cloudRun.region })[0]}`;
    pubsub.subscriptions.put({
      name: trigger.transport.pubsub.subscription,
      topic: trigger.transport.pubsub.topic,
      pushConfig: {
        pushEndpoint: `${url}${cloudRun.path ?? '/'}`,
        attributes: { 'x-goog-version': 'v1' },
        oidcToken: { serviceAccountEmail: trigger.serviceAccount, audience: ownUrlOf(cloudRun.service) ?? url },
      },
      ackDeadlineSeconds: 10,
      messageRetentionDuration: '86400s',
      expirationPolicy: {},
      retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
      state: 'ACTIVE',
    });
  }

  return {
    ...resources,
    prepare,
    create(trigger, { topic }) {
      if (topic !== undefined && pubsub.topics.find(topic) === undefined)
        throw new GoogleError('NOT_FOUND', `Resource not found (resource=${topic.split('/').at(-1)}).`);
      if (topic === undefined) pubsub.topics.put({ name: trigger.transport.pubsub.topic });
      subscribe(trigger);
      return triggers.put(trigger);
    },
    update(before, { topic: _topic, ...settings }) {
      const trigger = withEtag({ ...before, ...settings, updateTime: new Date(millis()).toISOString() });
      subscribe(trigger);
      return triggers.put(trigger);
    },
    remove({ name, transport }) {
      const { topic, subscription } = transport.pubsub;
      triggers.remove(name);
      pubsub.subscriptions.remove(subscription);
      // One that was made for it goes with it.
      if (topic === subscription.replace('/subscriptions/', '/topics/').replace(/-sub-(\d+)$/, '-$1'))
        pubsub.removeTopic(topic);
    },
    more(subscription, message) {
      const its = triggers.list().some(({ transport }) => transport.pubsub.subscription === subscription.name);
      return its ? cloudEventHeaders(subscription.topic, message) : undefined;
    },
  };
}

function withEtag(trigger: Omit<Trigger, 'etag'>): Trigger {
  const { etag: _etag, ...rest } = trigger as Trigger;
  const digest = createHash('sha256').update(JSON.stringify(rest)).digest('base64url');
  return { ...rest, etag: digest.slice(0, 22) };
}
