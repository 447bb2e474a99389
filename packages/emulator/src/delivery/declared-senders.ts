import { MESSAGE_PUBLISHED, type Sender, senderAccount, topicName } from '@run-edges/edges';
import type { Project } from '../identity/project.ts';
import { writeDuration } from './back-off.ts';
import type { Deliveries } from './deliveries.ts';
import { completeTrigger } from './eventarc/read-trigger.ts';
import { completeSubscription } from './pubsub/read-subscription.ts';
import { completeScheduledJob } from './scheduler/read-scheduled-job.ts';
import { completeQueue } from './tasks/read-queue.ts';

/** Where a declared receiver is, and what ID tokens for it are for. */
export interface ReceiverAddress {
  /** An origin. */
  readonly url: string;
  readonly audience: string;
}

export interface DeclaredSendersOptions {
  readonly deliveries: Pick<Deliveries, 'pubsub' | 'tasks' | 'scheduler' | 'eventarc' | 'findGate'>;
  readonly project: Project;
  readonly addressOf: (receiver: string) => ReceiverAddress;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/**
 * Makes what declared senders are made of, topics, subscriptions, queues, jobs and triggers, and makes it so where it was
 * otherwise; what is declared no more goes, with what it had to deliver, but for topics. What was paused stays so.
 * @param before those that were declared before
 */
export function ensureSenders(
  senders: readonly Sender[],
  before: readonly Sender[],
  { deliveries, project, addressOf, now }: DeclaredSendersOptions,
): void {
  const { pubsub, tasks, scheduler, eventarc, findGate } = deliveries;
  const makers = { pubsub: subscribe, tasks: makeQueue, scheduler: schedule, eventarc: listen } as const;
  const names = new Set(senders.map(resourceName));
  for (const gone of before) if (!names.has(resourceName(gone))) remove(gone);
  for (const sender of senders) makers[sender.kind](sender);

  function resourceName(sender: Sender): string {
    const of = `projects/${sender.project ?? project.id}`;
    const at = `${of}/locations/${project.region}`;
    if (sender.kind === 'pubsub') return `${of}/subscriptions/${sender.pubsub?.subscription}`;
    if (sender.kind === 'tasks') return `${at}/queues/${sender.tasks?.queue}`;
    return `${at}/${sender.kind === 'scheduler' ? 'jobs' : 'triggers'}/${sender.name}`;
  }

  function remove(sender: Sender): void {
    const name = resourceName(sender);
    if (sender.kind === 'pubsub') pubsub.subscriptions.remove(name);
    else if (sender.kind === 'tasks') tasks.queues.remove(name);
    else if (sender.kind === 'scheduler') scheduler.remove(name);
    const trigger = eventarc.triggers.find(name);
    if (trigger !== undefined) eventarc.remove(trigger);
  }

  function target(sender: Sender) {
    const { url, audience } = addressOf(sender.to);
    const serviceAccountEmail = senderAccount(sender, project.id);
    return { url: `${url}${sender.path}`, oidcToken: { serviceAccountEmail, audience } };
  }

  function needTopic(topic: string, of: string | undefined): string {
    const name = topicName(topic, of ?? project.id);
    return (pubsub.topics.find(name) ?? pubsub.topics.put({ name })).name;
  }

  function subscribe(sender: Sender): void {
    const settings = sender.pubsub;
    if (settings === undefined) return;
    const { url: pushEndpoint, oidcToken } = target(sender);
    const { deadLetter, minBackoff, maxBackoff } = settings;
    const sent = {
      topic: needTopic(settings.topic, sender.project),
      pushConfig: {
        pushEndpoint,
        oidcToken,
        ...(settings.unwrapped ? { noWrapper: { writeMetadata: settings.metadata } } : {}),
      },
      ackDeadlineSeconds: settings.ackDeadline,
      enableMessageOrdering: settings.ordering,
      ...(settings.filter === undefined ? {} : { filter: settings.filter }),
      ...(minBackoff === undefined || maxBackoff === undefined
        ? {}
        : { retryPolicy: { minimumBackoff: seconds(minBackoff), maximumBackoff: seconds(maxBackoff) } }),
      ...(deadLetter === undefined
        ? {}
        : {
            deadLetterPolicy: {
              deadLetterTopic: needTopic(deadLetter.topic, sender.project),
              maxDeliveryAttempts: deadLetter.maxAttempts,
            },
          }),
    };
    pubsub.subscriptions.put(completeSubscription(resourceName(sender), sent, findGate));
  }

  function makeQueue(sender: Sender): void {
    const settings = sender.tasks;
    if (settings === undefined) return;
    const name = resourceName(sender);
    const { maxRetryDuration } = settings;
    const sent = {
      rateLimits: {
        maxDispatchesPerSecond: settings.maxPerSecond,
        maxConcurrentDispatches: settings.maxConcurrent,
      },
      retryConfig: {
        maxAttempts: settings.maxAttempts,
        ...(maxRetryDuration === undefined ? {} : { maxRetryDuration: seconds(maxRetryDuration) }),
        minBackoff: seconds(settings.minBackoff),
        maxBackoff: seconds(settings.maxBackoff),
        maxDoublings: settings.maxDoublings,
      },
    };
    tasks.queues.put(completeQueue(name, sent, tasks.queues.find(name)?.state));
  }

  function schedule(sender: Sender): void {
    const settings = sender.scheduler;
    if (settings === undefined) return;
    const name = resourceName(sender);
    const { url: uri, oidcToken } = target(sender);
    const { body, headers, maxRetryDuration = 0 } = settings;
    const sent = {
      schedule: settings.schedule,
      timeZone: settings.timeZone,
      httpTarget: {
        uri,
        oidcToken,
        httpMethod: settings.method,
        headers,
        ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
      },
      retryConfig: {
        retryCount: settings.retries,
        maxRetryDuration: seconds(maxRetryDuration),
        minBackoffDuration: seconds(settings.minBackoff),
        maxBackoffDuration: seconds(settings.maxBackoff),
        maxDoublings: settings.maxDoublings,
      },
      attemptDeadline: seconds(settings.deadline),
    };
    const known = scheduler.jobs.find(name);
    const job = { ...known, ...completeScheduledJob(name, sent, findGate) };
    const userUpdateTime = known?.userUpdateTime ?? new Date(now() * 1000).toISOString();
    scheduler.put({ ...job, state: known?.state ?? 'ENABLED', userUpdateTime });
  }

  /** Events of other types do not happen here: what waits for them has nothing to wait with. */
  function listen(sender: Sender): void {
    const settings = sender.eventarc;
    if (settings?.type !== MESSAGE_PUBLISHED || settings.topic === undefined) return;
    const name = resourceName(sender);
    const wanted = completeTrigger({
      eventFilters: [{ attribute: 'type', value: settings.type }],
      destination: { cloudRun: { service: sender.to, region: project.region, path: sender.path } },
      serviceAccount: senderAccount(sender, project.id),
      transport: { pubsub: { topic: needTopic(settings.topic, sender.project) } },
    });
    const known = eventarc.triggers.find(name);
    if (known === undefined) eventarc.create(eventarc.prepare(name, wanted), wanted);
    else eventarc.update(known, wanted);
  }
}

function seconds(many: number): string {
  return writeDuration(many * 1000);
}
