export const senderKinds = ['pubsub', 'tasks', 'scheduler', 'eventarc'] as const;
export type SenderKind = (typeof senderKinds)[number];

/** A push subscription. https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export interface PubsubSettings {
  /** Its id, or `projects/PROJECT/topics/ID`. */
  readonly topic: string;
  /** Id. Default: the sender's name. */
  readonly subscription: string;
  /** Absent: every message. */
  readonly filter?: string;
  /** Whether messages of one key are sent in their order. Default false. */
  readonly ordering: boolean;
  /** Seconds, 10 to 600. Default 10. */
  readonly ackDeadline: number;
  /** Seconds, 0 to 600; with `maxBackoff`, or both absent. */
  readonly minBackoff?: number;
  readonly maxBackoff?: number;
  readonly deadLetter?: {
    readonly topic: string;
    /** 5 to 100. Default 5. */
    readonly maxAttempts: number;
  };
  /** Whether the body is the message's data alone. Default false. */
  readonly unwrapped: boolean;
  /** Of unwrapped ones: whether the rest of the message is in headers. Default false. */
  readonly metadata: boolean;
}

/** A queue. https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues */
export interface TasksSettings {
  /** Id. */
  readonly queue: string;
  /** Default 500. */
  readonly maxPerSecond: number;
  /** Default 1000. */
  readonly maxConcurrent: number;
  /** Default 100; -1 is without end. */
  readonly maxAttempts: number;
  /** Seconds. Absent: without end. */
  readonly maxRetryDuration?: number;
  /** Seconds. Default 0.1. */
  readonly minBackoff: number;
  /** Seconds. Default 3600. */
  readonly maxBackoff: number;
  /** Default 16. */
  readonly maxDoublings: number;
}

/** A job. https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs */
export interface SchedulerSettings {
  /** Five fields of cron. */
  readonly schedule: string;
  /** As the tz database names it. Default `Etc/UTC`. */
  readonly timeZone: string;
  /** Default `POST`. */
  readonly method: string;
  readonly body?: string;
  /** Default none. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds, 15 to 1800. Default 180. */
  readonly deadline: number;
  /** Default 0. */
  readonly retries: number;
  /** Seconds. Absent: without end. */
  readonly maxRetryDuration?: number;
  /** Seconds. Default 5. */
  readonly minBackoff: number;
  /** Seconds. Default 3600. */
  readonly maxBackoff: number;
  /** Default 5. */
  readonly maxDoublings: number;
}

/** The one type of events whose source is a topic. */
export const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';

/** A trigger. https://docs.cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers */
export interface EventarcSettings {
  readonly type: string;
  /** Of `google.cloud.pubsub.topic.v1.messagePublished` alone: its id, or `projects/PROJECT/topics/ID`. */
  readonly topic?: string;
  /** Default none. */
  readonly filters: Readonly<Record<string, string>>;
}
