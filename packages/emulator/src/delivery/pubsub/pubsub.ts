import { GoogleError } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import type { Kind, NewTask, Outcome, Task, Verdict } from '../task.ts';
import { type Filter, readFilter } from './filter.ts';
import { nextAttempt, type PushPolicy } from './next-attempt.ts';
import type { Message, SentMessage } from './read-messages.ts';
import { pushRequest } from './request.ts';
import { DELETED_TOPIC, type PubsubResources, type PushConfig, type Subscription } from './resources.ts';

/** Topics, what is subscribed to them, and the way of a message from one to the other. */
export interface Pubsub extends PubsubResources {
  /** Kept when this returns. @throws GoogleError NOT_FOUND for a topic that is not there */
  publish(topic: string, messages: readonly SentMessage[]): readonly string[];
  /** Its subscriptions stay, and get no more. */
  removeTopic(name: string): void;
  readonly kind: Kind;
}

export interface PubsubOptions {
  readonly resources: PubsubResources;
  readonly add: (tasks: readonly NewTask[]) => void;
  readonly millis: () => number;
  /** Headers that another kind of sender puts to the pushes of a subscription that it made. */
  readonly more: (subscription: Subscription, message: Message) => Readonly<Record<string, string>> | undefined;
}

/** Pushes of one subscription that are under way at once. */
const CONCURRENT = 100;
/** A back-off of nothing would leave no time for anybody else. Milliseconds. */
const LEAST = 10;

export function createPubsub({ resources, add, millis, more }: PubsubOptions): Pubsub {
  const { topics, subscriptions } = resources;
  const filters = new Map<string, Filter>();
  let lastId = 0;
  return { ...resources, publish, removeTopic, kind: { limits, request, after } };

  function publish(topic: string, sent: readonly SentMessage[]): readonly string[] {
    if (topics.find(topic) === undefined) throw noTopic(topic);
    const now = millis();
    const publishTime = new Date(now).toISOString();
    const messages = sent.map((one): Message => ({ ...one, messageId: newId(now), publishTime }));
    const tasks = tasksOf(topic, messages, now);
    if (tasks.length > 0) add(tasks);
    return messages.map(({ messageId }) => messageId);
  }

  /** One for each subscription whose filter takes it. */
  function tasksOf(topic: string, messages: readonly Message[], now: number): NewTask[] {
    const subscribed = subscriptions.list().filter((one) => one.topic === topic);
    return messages.flatMap((message) =>
      subscribed
        .filter(({ filter }) => filter === undefined || filterOf(filter)(message.attributes))
        .map(({ name, enableMessageOrdering }) => ({
          sender: name,
          name: message.messageId,
          key: enableMessageOrdering === true ? message.orderingKey : '',
          due: now,
          createdAt: now,
          body: message,
        })),
    );
  }

  function filterOf(text: string): Filter {
    const known = filters.get(text) ?? readFilter(text);
    if (filters.size > 1000) filters.clear();
    filters.set(text, known);
    return known;
  }

  /** Sixteen digits that grow, over restarts as well. */
  function newId(now: number): string {
    lastId = Math.max(lastId + 1, Math.floor(now) * 1000);
    return `${lastId}`;
  }

  function removeTopic(name: string): void {
    topics.remove(name);
    for (const one of subscriptions.list()) if (one.topic === name) subscriptions.put({ ...one, topic: DELETED_TOPIC });
  }

  function limits(name: string) {
    const subscription = subscriptions.find(name);
    if (subscription === undefined) return undefined;
    // What nobody pushes stays until somebody does.
    return { paused: !isPush(subscription), concurrent: CONCURRENT };
  }

  function request(task: Task) {
    const subscription = subscriptions.find(task.sender);
    if (subscription === undefined || !isPush(subscription)) return undefined;
    return pushRequest(subscription, task, more(subscription, task.body as Message));
  }

  function after(task: Task, { status }: Outcome, now: number): Verdict {
    const subscription = subscriptions.find(task.sender);
    if (subscription === undefined) return { over: 'given up' };
    const next = nextAttempt(policyOf(subscription), {
      attempts: task.attempts,
      status,
      publishedAt: task.createdAt,
      now,
    });
    if (next === 'acknowledged') return { over: 'delivered' };
    if (next === 'expired') return { over: 'given up' };
    if (next === 'dead letter') return { over: 'dead-lettered', next: deadLetter(subscription, task, now) };
    return { retryAt: next.at };
  }

  /** @see https://docs.cloud.google.com/pubsub/docs/dead-letter-topics */
  function deadLetter(subscription: Subscription, { body, attempts }: Task, now: number): NewTask[] {
    const { name, deadLetterPolicy, topic } = subscription;
    const message = body as Message;
    const [, project = '', id = ''] = /^projects\/([^/]+)\/subscriptions\/(.+)$/.exec(name) ?? [];
    const attributes = {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: `${attempts}`,
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: message.publishTime,
      ...(topic === DELETED_TOPIC ? {} : { CloudPubSubDeadLetterSourceTopic: topic }),
    };
    const letter = { ...message, attributes, messageId: newId(now), publishTime: new Date(now).toISOString() };
    return tasksOf(deadLetterPolicy?.deadLetterTopic ?? '', [letter], now);
  }

  function policyOf({ retryPolicy, deadLetterPolicy, messageRetentionDuration }: Subscription): PushPolicy {
    // Where the dead letters have no topic, a message stays where it is.
    const hasLetters = deadLetterPolicy !== undefined && topics.find(deadLetterPolicy.deadLetterTopic) !== undefined;
    return {
      retry: retryPolicy && {
        min: Math.max(readDuration(retryPolicy.minimumBackoff) ?? 0, LEAST),
        max: Math.max(readDuration(retryPolicy.maximumBackoff) ?? 0, LEAST),
      },
      maxDeliveryAttempts: hasLetters ? deadLetterPolicy.maxDeliveryAttempts : undefined,
      retention: readDuration(messageRetentionDuration) ?? 0,
    };
  }
}

/** Whether it is pushed to somebody. */
export function isPush(subscription: Subscription): subscription is Subscription & { readonly pushConfig: PushConfig } {
  return 'pushEndpoint' in subscription.pushConfig;
}

function noTopic(name: string): GoogleError {
  return new GoogleError('NOT_FOUND', `Resource not found (resource=${name.split('/').at(-1)}).`);
}
