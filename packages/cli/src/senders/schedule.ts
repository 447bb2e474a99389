import type { SchedulerSettings } from '@run-edges/edges';
import { gcloudList } from '../gcloud/gcloud-list.ts';
import { list, object, shape, text } from '../shape.ts';
import { type Flags, flagsOf, flagWords, idOf, type Kind, type LiveResource, located, seconds } from './kind.ts';
import type { Push } from './subscription.ts';

interface Printed {
  readonly name: string;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly attemptDeadline?: string;
  readonly httpTarget?: {
    readonly uri?: string;
    readonly httpMethod?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string };
  };
  readonly retryConfig?: {
    readonly retryCount?: number;
    readonly maxRetryDuration?: string;
    readonly minBackoffDuration?: string;
    readonly maxBackoffDuration?: string;
    readonly maxDoublings?: number;
  };
}

const number = { type: 'integer' };
const jobs = shape<readonly Printed[]>(
  list(
    object(
      { name: text },
      {
        schedule: text,
        timeZone: text,
        attemptDeadline: text,
        httpTarget: object(
          {},
          {
            uri: text,
            httpMethod: text,
            body: text,
            headers: { type: 'object', additionalProperties: text },
            oidcToken: object({}, { serviceAccountEmail: text, audience: text }),
          },
        ),
        retryConfig: object(
          {},
          {
            retryCount: number,
            maxRetryDuration: text,
            minBackoffDuration: text,
            maxBackoffDuration: text,
            maxDoublings: number,
          },
        ),
      },
    ),
  ),
);

/** Headers that Cloud Scheduler sets itself. */
const THEIRS = ['user-agent', 'content-type'];

export function scheduleFlags(settings: SchedulerSettings, { endpoint, account, audience }: Push): Flags {
  return flagsOf({
    schedule: settings.schedule,
    'time-zone': settings.timeZone,
    uri: endpoint,
    'http-method': settings.method.toLowerCase(),
    'oidc-service-account-email': account,
    'oidc-token-audience': audience,
    'message-body': settings.body,
    headers: headerList(settings.headers),
    'attempt-deadline': seconds(settings.deadline),
    'max-retry-attempts': settings.retries,
    'max-retry-duration': seconds(settings.maxRetryDuration ?? 0),
    'min-backoff': seconds(settings.minBackoff),
    'max-backoff': seconds(settings.maxBackoff),
    'max-doublings': settings.maxDoublings,
  });
}

/** https://docs.cloud.google.com/sdk/gcloud/reference/scheduler/jobs; jobs have no labels. */
export const schedule: Kind = {
  api: 'cloudscheduler.googleapis.com',
  find: async (gcloud, at) => {
    const all = await gcloud.json(['scheduler', 'jobs', 'list', ...located(at)], jobs);
    return all.filter(({ httpTarget }) => httpTarget !== undefined).map(asLive);
  },
  create: ({ name, flags }, at) => ['scheduler', 'jobs', 'create', 'http', name, ...flagWords(flags), ...located(at)],
  update: ({ name, flags }, live, at) => {
    const { headers } = flags;
    return [
      ...['scheduler', 'jobs', 'update', 'http', name, ...flagWords(flags, ['headers'])],
      ...(headers === undefined ? [] : [`--update-headers=${headers}`]),
      ...('headers' in live.flags && headers === undefined ? ['--clear-headers'] : []),
      ...('message-body' in live.flags && !('message-body' in flags) ? ['--clear-message-body'] : []),
      ...located(at),
    ];
  },
  remove: (name, at) => ['scheduler', 'jobs', 'delete', name, '--quiet', ...located(at)],
  fixed: [],
};

function asLive({
  name,
  attemptDeadline,
  httpTarget: target = {},
  retryConfig: retry = {},
  ...rest
}: Printed): LiveResource {
  return {
    kind: 'schedule',
    name: idOf(name),
    flags: flagsOf({
      schedule: rest.schedule,
      'time-zone': rest.timeZone,
      uri: target.uri,
      'http-method': target.httpMethod?.toLowerCase(),
      'oidc-service-account-email': target.oidcToken?.serviceAccountEmail,
      'oidc-token-audience': target.oidcToken?.audience,
      'message-body': target.body && Buffer.from(target.body, 'base64').toString(),
      headers: headerList(
        Object.fromEntries(Object.entries(target.headers ?? {}).filter(([key]) => !THEIRS.includes(key.toLowerCase()))),
      ),
      'attempt-deadline': seconds(attemptDeadline ?? 180),
      'max-retry-attempts': retry.retryCount ?? 0,
      'max-retry-duration': seconds(retry.maxRetryDuration ?? 0),
      'min-backoff': seconds(retry.minBackoffDuration ?? 5),
      'max-backoff': seconds(retry.maxBackoffDuration ?? 3600),
      'max-doublings': retry.maxDoublings ?? 5,
    }),
  };
}

function headerList(headers: Readonly<Record<string, string>>): string | undefined {
  const pairs = Object.entries(headers).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? undefined : gcloudList(pairs.toSorted());
}
