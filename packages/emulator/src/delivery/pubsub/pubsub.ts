import { GoogleError } from '../../internal/google-api/google-error.ts';
import { readDuration } from '../back-off.ts';
import type { StoreWhenNeeded } from '../dispatcher.ts';
import type { Kind, NewTask, Outcome, Task, Verdict } from '../task.ts';
import type { TaskStore } from '../task-store.ts';
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
  /** Messages of a subscription that nobody pushes: they come again after the ack deadline, where they are not acknowledged. */
  pull(subscription: Subscription, most: number): readonly Pulled[];
  /** Those that came again meanwhile stay. */
  acknowledge(subscription: Subscription, ackIds: readonly string[]): void;
  /** They come again after so many seconds from now. */
  modifyAckDeadline(subscription: Subscription, ackIds: readonly string[], seconds: number): void;
  readonly kind: Kind;
}

/** A message that was pulled. */
export interface Pulled {
  readonly ackId: string;
  readonly message: Message;
  /** Where there are dead letters. */
  readonly deliveryAttempt: number | undefined;
}

export interface PubsubOptions {
  readonly resources: PubsubResources;
  readonly store: StoreWhenNeeded;
  readonly add: (tasks: readonly NewTask[]) => void;
  readonly millis: () => number;
  /** Headers that another kind of sender puts to the pushes of a subscription that it made. */
  readonly more: (subscription: Subscription, message: Message) => Readonly<Record<string, string>> | undefined;
}

/** Pushes of one subscription that are under way at once. */
const CONCURRENT = 100;
/** A back-off of nothing would leave no time for anybody else. Milliseconds. */
const LEAST = 10;

export function createPubsub({ resources, store, add, millis, more }: PubsubOptions): Pubsub {
  const { topics, subscriptions } = resources;
  const filters = new Map<string, Filter>();
  let lastId = 0;
  const kind = { limits, request, after };
  return { ...resources, publish, removeTopic, pull, acknowledge, modifyAckDeadline, kind };

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

  function pull(subscription: Subscription, most: number): readonly Pulled[] {
    const { name, ackDeadlineSeconds } = subscription;
    const now = millis();
    const pulled: Pulled[] = [];
    const tasks = store.known();
    const { maxDeliveryAttempts } = policyOf(subscription);
    tasks?.together(() => {
      for (const task of tasks.lease(name, now, most)) {
        if (maxDeliveryAttempts !== undefined && task.attempts > maxDeliveryAttempts) {
          tasks.done(task, deadLetter(subscription, { ...task, attempts: maxDeliveryAttempts }, now));
          continue;
        }
        tasks.later(task, now + ackDeadlineSeconds * 1000, 0);
        const deliveryAttempt = subscription.deadLetterPolicy === undefined ? undefined : task.attempts;
        pulled.push({ ackId: ackIdOf(task), message: task.body as Message, deliveryAttempt });
      }
    });
    return pulled;
  }

  function acknowledge({ name }: Subscription, ackIds: readonly string[]): void {
    const tasks = store.known();
    tasks?.together(() => {
      for (const task of pulledTasks(tasks, name, ackIds)) tasks.remove(task);
    });
  }

  function modifyAckDeadline({ name }: Subscription, ackIds: readonly string[], seconds: number): void {
    const tasks = store.known();
    tasks?.together(() => {
      for (const task of pulledTasks(tasks, name, ackIds)) tasks.later(task, millis() + seconds * 1000, 0);
    });
  }

  /** Those that these ids are still good for. */
  function pulledTasks(tasks: TaskStore, subscription: string, ackIds: readonly string[]): readonly Task[] {
    return ackIds.flatMap((ackId) => {
      const [, messageId = ''] = /^(\d{1,20})\.\d{1,9}$/.exec(Buffer.from(ackId, 'base64url').toString()) ?? [];
      const task = tasks.find(subscription, messageId);
      return task !== undefined && ackIdOf(task) === ackId ? [task] : [];
    });
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

/** Another one each time that it is pulled. */
function ackIdOf({ name, attempts }: Task): string {
  return Buffer.from(`${name}.${attempts}`).toString('base64url');
}

/** Whether it is pushed to somebody. */
export function isPush(subscription: Subscription): subscription is Subscription & { readonly pushConfig: PushConfig } {
  return 'pushEndpoint' in subscription.pushConfig;
}

function noTopic(name: string): GoogleError {
  return new GoogleError('NOT_FOUND', `Resource not found (resource=${name.split('/').at(-1)}).`);
}
