import { list, object, text } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import { type Named, named } from '../pubsub/resources.ts';

/** A queue as the API shows it. */
export interface Queue {
  /** `projects/P/locations/L/queues/Q` */
  readonly name: string;
  readonly rateLimits: {
    readonly maxDispatchesPerSecond: number;
    readonly maxBurstSize: number;
    readonly maxConcurrentDispatches: number;
  };
  readonly retryConfig: {
    readonly maxAttempts: number;
    readonly maxRetryDuration?: string;
    readonly minBackoff: string;
    readonly maxBackoff: string;
    readonly maxDoublings: number;
  };
  readonly state: 'RUNNING' | 'PAUSED';
  readonly purgeTime?: string;
}

export interface SavedQueues {
  readonly queues: readonly Queue[];
  /** When queues were deleted whose names cannot be used again yet: milliseconds since the epoch. */
  readonly deleted: Readonly<Record<string, number>>;
}

const number = { type: 'number' } as const;

/** What a state file must hold of them. */
export const savedQueuesShape = object({
  queues: list(
    object({
      name: text,
      rateLimits: object({ maxDispatchesPerSecond: number, maxBurstSize: number, maxConcurrentDispatches: number }),
      retryConfig: object({ maxAttempts: number, minBackoff: text, maxBackoff: text, maxDoublings: number }),
      state: { enum: ['RUNNING', 'PAUSED'] },
    }),
  ),
  deleted: { type: 'object', additionalProperties: number },
});

/** Queues by their names, and those that were there. */
export interface QueueResources {
  readonly queues: Named<Queue>;
  /** When the queue of this name was deleted: milliseconds since the epoch. */
  readonly deleted: Map<string, number>;
  save(): SavedQueues;
  remember(): Undo;
}

export function createQueueResources(saved: SavedQueues | undefined, onChange: () => void): QueueResources {
  const queues = new Map(saved?.queues.map((queue) => [queue.name, queue]));
  const deleted = new Map(Object.entries(saved?.deleted ?? {}));
  return {
    queues: named(queues, onChange),
    deleted,
    save: () => ({ queues: [...queues.values()], deleted: Object.fromEntries(deleted) }),
    remember: () => remember(queues, deleted),
  };
}
