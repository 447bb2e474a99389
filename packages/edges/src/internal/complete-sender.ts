import type { Sender } from '../declaration.ts';
import {
  type EventarcSettings,
  type PubsubSettings,
  type SchedulerSettings,
  senderKinds,
  type TasksSettings,
} from '../sender-settings.ts';
import { defaultServiceAccount, defaults, senderDefaults } from './defaults.ts';

type DeadLetter = NonNullable<PubsubSettings['deadLetter']>;

/** A sender as the file may say it. */
export interface WrittenSender extends Partial<Pick<Sender, 'path' | 'from' | 'serviceAccount' | 'project' | 'owner'>> {
  readonly to: string;
  readonly pubsub?: Partial<Omit<PubsubSettings, 'deadLetter'>> & {
    readonly topic: string;
    readonly deadLetter?: Partial<DeadLetter> & Pick<DeadLetter, 'topic'>;
  };
  readonly tasks?: Partial<TasksSettings> & Pick<TasksSettings, 'queue'>;
  readonly scheduler?: Partial<SchedulerSettings> & Pick<SchedulerSettings, 'schedule'>;
  readonly eventarc?: Partial<EventarcSettings> & Pick<EventarcSettings, 'type'>;
}

/** The sender with every default filled in. */
export function asSender(name: string, written: WrittenSender): Sender {
  const { to, path = defaults.path, from = [], project, owner, pubsub, tasks, scheduler, eventarc } = written;
  // The rules have seen that there is exactly one.
  const kind = senderKinds.find((one) => written[one] !== undefined) as Sender['kind'];
  return {
    name,
    kind,
    to,
    calls: [to],
    path,
    from: [...from],
    serviceAccount: written.serviceAccount ?? defaultServiceAccount(name),
    ...(project !== undefined && { project }),
    ...(owner !== undefined && { owner }),
    ...(pubsub && { pubsub: asPubsub(name, pubsub) }),
    ...(tasks && { tasks: { ...senderDefaults.tasks, ...known(tasks) } }),
    ...(scheduler && { scheduler: { ...senderDefaults.scheduler, ...known(scheduler) } }),
    ...(eventarc && { eventarc: { filters: {}, ...known(eventarc) } }),
  };
}

function asPubsub(name: string, { deadLetter, ...settings }: NonNullable<WrittenSender['pubsub']>): PubsubSettings {
  return {
    subscription: name,
    ...senderDefaults.pubsub,
    ...known(settings),
    ...(deadLetter && { deadLetter: { ...senderDefaults.deadLetter, ...known(deadLetter) } }),
  };
}

/** Without the keys of people's own. */
function known<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !key.startsWith('x-'))) as T;
}
