import type { TasksSettings } from '@run-edges/edges';
import { list, object, shape, text } from '../shape.ts';
import { type Flags, flagsOf, flagWords, idOf, type Kind, type LiveResource, located, seconds } from './kind.ts';

interface Printed {
  readonly name: string;
  readonly rateLimits?: { readonly maxDispatchesPerSecond?: number; readonly maxConcurrentDispatches?: number };
  readonly retryConfig?: {
    readonly maxAttempts?: number;
    readonly maxRetryDuration?: string;
    readonly minBackoff?: string;
    readonly maxBackoff?: string;
    readonly maxDoublings?: number;
  };
}

const number = { type: 'number' };
const queues = shape<readonly Printed[]>(
  list(
    object(
      { name: text },
      {
        rateLimits: object({}, { maxDispatchesPerSecond: number, maxConcurrentDispatches: number }),
        retryConfig: object(
          {},
          { maxAttempts: number, maxRetryDuration: text, minBackoff: text, maxBackoff: text, maxDoublings: number },
        ),
      },
    ),
  ),
);

export function queueFlags(settings: TasksSettings): Flags {
  return flagsOf({
    'max-dispatches-per-second': settings.maxPerSecond,
    'max-concurrent-dispatches': settings.maxConcurrent,
    'max-attempts': attempts(settings.maxAttempts),
    'max-retry-duration': duration(settings.maxRetryDuration),
    'min-backoff': seconds(settings.minBackoff),
    'max-backoff': seconds(settings.maxBackoff),
    'max-doublings': settings.maxDoublings,
  });
}

/** https://docs.cloud.google.com/sdk/gcloud/reference/tasks/queues; queues have no labels. */
export const queue: Kind = {
  api: 'cloudtasks.googleapis.com',
  find: async (gcloud, at) => (await gcloud.json(['tasks', 'queues', 'list', ...located(at)], queues)).map(asLive),
  create: ({ name, flags }, at) => ['tasks', 'queues', 'create', name, ...flagWords(flags), ...located(at)],
  update: ({ name, flags }, _, at) => ['tasks', 'queues', 'update', name, ...flagWords(flags), ...located(at)],
  remove: (name, at) => ['tasks', 'queues', 'delete', name, '--quiet', ...located(at)],
  fixed: [],
};

function asLive({ name, rateLimits: rate = {}, retryConfig: retry = {} }: Printed): LiveResource {
  return {
    kind: 'queue',
    name: idOf(name),
    flags: flagsOf({
      'max-dispatches-per-second': rate.maxDispatchesPerSecond,
      'max-concurrent-dispatches': rate.maxConcurrentDispatches,
      'max-attempts': attempts(retry.maxAttempts),
      'max-retry-duration': duration(retry.maxRetryDuration),
      'min-backoff': seconds(retry.minBackoff),
      'max-backoff': seconds(retry.maxBackoff),
      'max-doublings': retry.maxDoublings,
    }),
  };
}

function attempts(most: number | undefined): string | undefined {
  return most === -1 ? 'unlimited' : most?.toString();
}

/** None, and no seconds, are without end. */
function duration(given: string | number | undefined): string {
  const text = seconds(given ?? 0);
  return text === undefined || text === '0s' ? 'unlimited' : text;
}
