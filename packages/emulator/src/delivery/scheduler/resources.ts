import { list, object, text } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import type { HttpTarget } from '../http-target.ts';
import { type Named, named } from '../pubsub/resources.ts';

/** A scheduled job as the API shows it, but for its next time. */
export interface ScheduledJob {
  /** `projects/P/locations/L/jobs/J` */
  readonly name: string;
  readonly description?: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly httpTarget?: Omit<HttpTarget, 'url'> & { readonly uri: string };
  readonly pubsubTarget?: {
    readonly topicName: string;
    readonly data?: string;
    readonly attributes?: Readonly<Record<string, string>>;
  };
  readonly retryConfig: {
    readonly retryCount?: number;
    readonly maxRetryDuration: string;
    readonly minBackoffDuration: string;
    readonly maxBackoffDuration: string;
    readonly maxDoublings: number;
  };
  readonly attemptDeadline: string;
  readonly state: 'ENABLED' | 'PAUSED';
  readonly userUpdateTime: string;
  readonly lastAttemptTime?: string;
  /** Of the last attempt: a code of google.rpc, absent where it went well. */
  readonly status?: { readonly code?: number };
}

export interface SavedScheduledJobs {
  readonly jobs: readonly ScheduledJob[];
}

/** What a state file must hold of them. */
export const savedScheduledJobsShape = object({
  jobs: list(
    object(
      {
        name: text,
        schedule: text,
        timeZone: text,
        retryConfig: object({ minBackoffDuration: text, maxBackoffDuration: text, maxDoublings: { type: 'number' } }),
        attemptDeadline: text,
        state: { enum: ['ENABLED', 'PAUSED'] },
      },
      {
        httpTarget: object({ uri: text, httpMethod: text }, { headers: { type: 'object' }, body: text }),
        pubsubTarget: object({ topicName: text }),
      },
    ),
  ),
});

export interface ScheduledJobResources {
  readonly jobs: Named<ScheduledJob>;
  save(): SavedScheduledJobs;
  remember(): Undo;
}

export function createScheduledJobResources(
  saved: SavedScheduledJobs | undefined,
  onChange: () => void,
): ScheduledJobResources {
  const jobs = new Map(saved?.jobs.map((job) => [job.name, job]));
  return {
    jobs: named(jobs, onChange),
    save: () => ({ jobs: [...jobs.values()] }),
    remember: () => remember(jobs),
  };
}
