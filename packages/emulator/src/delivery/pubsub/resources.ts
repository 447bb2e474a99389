import { list, map, object, text } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';

/** A topic as the API shows it. */
export interface Topic {
  /** `projects/P/topics/T` */
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly messageRetentionDuration?: string;
}

export interface PushConfig {
  readonly pushEndpoint: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience?: string };
  readonly pubsubWrapper?: object;
  readonly noWrapper?: { readonly writeMetadata?: boolean };
}

/** A subscription as the API shows it. */
export interface Subscription {
  /** `projects/P/subscriptions/S` */
  readonly name: string;
  readonly topic: string;
  /** Empty: nothing is pushed. */
  readonly pushConfig: PushConfig | Record<string, never>;
  readonly ackDeadlineSeconds: number;
  readonly messageRetentionDuration: string;
  readonly retainAckedMessages?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly enableMessageOrdering?: boolean;
  readonly expirationPolicy?: { readonly ttl?: string };
  readonly filter?: string;
  readonly deadLetterPolicy?: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number };
  readonly retryPolicy?: { readonly minimumBackoff: string; readonly maximumBackoff: string };
  readonly enableExactlyOnceDelivery?: boolean;
  readonly state: 'ACTIVE';
}

/** What is said of a subscription whose topic was deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

export interface SavedPubsub {
  readonly topics: readonly Topic[];
  readonly subscriptions: readonly Subscription[];
}

/** What a state file must hold of them. */
export const savedPubsubShape = object({
  topics: list(object({ name: text })),
  subscriptions: list(
    object(
      {
        name: text,
        topic: text,
        ackDeadlineSeconds: { type: 'number' },
        messageRetentionDuration: text,
        pushConfig: object(
          {},
          {
            pushEndpoint: text,
            attributes: map(text),
            oidcToken: object({ serviceAccountEmail: text }, { audience: text }),
            noWrapper: { type: 'object' },
          },
        ),
      },
      {
        filter: text,
        deadLetterPolicy: object({ deadLetterTopic: text, maxDeliveryAttempts: { type: 'number' } }),
        retryPolicy: object({ minimumBackoff: text, maximumBackoff: text }),
      },
    ),
  ),
});

/** Topics and subscriptions, by their names. */
export interface PubsubResources {
  readonly topics: Named<Topic>;
  readonly subscriptions: Named<Subscription>;
  save(): SavedPubsub;
  remember(): Undo;
}

export interface Named<T> {
  find(name: string): T | undefined;
  /** In the order of their names. */
  list(): readonly T[];
  put(one: T): T;
  remove(name: string): void;
}

/** Resources by name, each change told. */
export function named<T extends { readonly name: string }>(all: Map<string, T>, onChange: () => void): Named<T> {
  return {
    find: (name) => all.get(name),
    list: () => [...all.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    put(one) {
      all.set(one.name, one);
      onChange();
      return one;
    },
    remove(name) {
      all.delete(name);
      onChange();
    },
  };
}

export function createPubsubResources(saved: SavedPubsub | undefined, onChange: () => void): PubsubResources {
  const topics = new Map(saved?.topics.map((topic) => [topic.name, topic]));
  const subscriptions = new Map(saved?.subscriptions.map((one) => [one.name, one]));
  return {
    topics: named(topics, onChange),
    subscriptions: named(subscriptions, onChange),
    save: () => ({ topics: [...topics.values()], subscriptions: [...subscriptions.values()] }),
    remember: () => remember(topics, subscriptions),
  };
}
