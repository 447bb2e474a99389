import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../identity/project.ts';
import { object } from '../internal/json-shape.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import { type Advanced, advance } from './advance.ts';
import { createDispatcher, type StoreWhenNeeded } from './dispatcher.ts';
import { createEventarc, type Eventarc } from './eventarc/eventarc.ts';
import { createTriggerResources, type SavedTriggers, savedTriggersShape } from './eventarc/resources.ts';
import { type FindGate, findGates, type Reachable } from './gates.ts';
import { createHistory, type Delivery } from './history.ts';
import { createPubsub, type Pubsub } from './pubsub/pubsub.ts';
import { createPubsubResources, type SavedPubsub, savedPubsubShape } from './pubsub/resources.ts';
import {
  createScheduledJobResources,
  type SavedScheduledJobs,
  savedScheduledJobsShape,
} from './scheduler/resources.ts';
import { createScheduler, type Scheduler } from './scheduler/scheduler.ts';
import { createSending, type SendOptions } from './send.ts';
import type { Kind } from './task.ts';
import { openTaskStore, type TaskStore } from './task-store.ts';
import { createQueueResources, type SavedQueues, savedQueuesShape } from './tasks/resources.ts';
import { createTasks, type Tasks } from './tasks/tasks.ts';

/** What is kept of senders in the state file. */
export interface SavedSenders {
  readonly pubsub?: SavedPubsub;
  readonly queues?: SavedQueues;
  readonly scheduledJobs?: SavedScheduledJobs;
  readonly triggers?: SavedTriggers;
}

/** What a state file must hold of them. */
export const savedSendersShape = object(
  {},
  {
    pubsub: savedPubsubShape,
    queues: savedQueuesShape,
    scheduledJobs: savedScheduledJobsShape,
    triggers: savedTriggersShape,
  },
);

/** The senders of the project, and the one loop that delivers for all of them. */
export interface Deliveries {
  readonly pubsub: Pubsub;
  readonly tasks: Tasks;
  readonly scheduler: Scheduler;
  readonly eventarc: Eventarc;
  readonly findGate: FindGate;
  /** The newest deliveries, oldest first; bounded. */
  list(): readonly Delivery[];
  /** Resolves when nothing is due nor under way: true; false when the signal is aborted before. */
  idle(signal: AbortSignal): Promise<boolean>;
  /** Moves the clock, with a stop wherever something is due. One jump after another. @param seconds 0 or more */
  advance(seconds: number, signal: AbortSignal): Promise<Advanced>;
  /** Begins to deliver. */
  start(): void;
  /** What is under way is broken off, and delivered again at the next start. */
  stop(): Promise<void>;
}

export interface DeliveriesOptions extends Omit<SendOptions, 'findGate'> {
  readonly project: Project;
  /** Undefined: nothing outlives the end of the emulator. */
  readonly stateDir: string | undefined;
  readonly kept: Pick<KeptState<{ readonly senders?: SavedSenders }>, 'saved' | 'save' | 'keep'>;
  readonly reachable: () => readonly Reachable[];
  /** The URL that a service is told as its own, where it is another one here: what its ID tokens are for. */
  readonly ownUrlOf: (service: string) => string | undefined;
  /** Milliseconds since the epoch. */
  readonly millis: () => number;
  /** Moves the clock on. */
  readonly move: (milliseconds: number) => void;
}

/** @throws EmulatorError STATE_INVALID */
export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { stateDir, kept, reachable, project, millis, move } = options;
  let turn: Promise<unknown> = Promise.resolve();
  const findGate = findGates(reachable);
  const sending = createSending({ ...options, findGate });
  const history = createHistory();
  const store = openWhenNeeded(stateDir && join(stateDir, 'delivery.db'));
  const dispatcher = createDispatcher({ store, kindOf, send: sending.send, history, millis });
  const saved = kept.saved?.senders;
  const resources = createPubsubResources(saved?.pubsub, kept.save);
  const pubsub: Pubsub = createPubsub({
    resources,
    store,
    add: dispatcher.add,
    millis,
    more: (subscription, message) => eventarc.more(subscription, message),
  });
  const queues = createQueueResources(saved?.queues, kept.save);
  const tasks = createTasks({ resources: queues, store, dispatcher, millis });
  const scheduledJobs = createScheduledJobResources(saved?.scheduledJobs, kept.save);
  const { publish } = pubsub;
  const scheduler = createScheduler({ resources: scheduledJobs, store, dispatcher, publish, millis });
  const triggers = createTriggerResources(saved?.triggers, kept.save);
  const eventarc = createEventarc({ resources: triggers, pubsub, project, ownUrlOf: options.ownUrlOf, millis });
  const kinds = [
    [/^projects\/[^/]+\/subscriptions\//, pubsub.kind],
    [/^projects\/[^/]+\/locations\/[^/]+\/queues\//, tasks.kind],
    [/^projects\/[^/]+\/locations\/[^/]+\/jobs\//, scheduler.kind],
  ] as const;
  const sections = { pubsub: resources, queues, scheduledJobs, triggers };
  kept.keep({
    name: 'senders',
    save: () => Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, section.save()])),
    remember() {
      const undos = Object.values(sections).map((section) => section.remember());
      return () => {
        for (const undo of undos) undo();
      };
    },
  });
  return {
    pubsub,
    tasks,
    scheduler,
    eventarc,
    findGate,
    list: history.list,
    async idle(signal) {
      await dispatcher.idle(signal);
      return dispatcher.isIdle();
    },
    advance(seconds, signal) {
      const mine = turn.then(() => advance(seconds * 1000, signal, { dispatcher, millis, move }));
      turn = mine.catch(() => undefined);
      return mine;
    },
    start() {
      store.known();
      scheduler.plan();
      dispatcher.wake();
    },
    async stop() {
      await dispatcher.stop();
      await sending.close();
      store.close();
    },
  };

  function kindOf(sender: string): Kind | undefined {
    return kinds.find(([name]) => name.test(sender))?.[1];
  }
}

/** Who has no senders has no file of theirs. */
function openWhenNeeded(file: string | undefined): StoreWhenNeeded & { close(): void } {
  let store: TaskStore | undefined;
  const get = () => {
    store ??= openTaskStore(file);
    return store;
  };
  return {
    get,
    known: () => store ?? (file !== undefined && existsSync(file) ? get() : undefined),
    close: () => store?.close(),
  };
}
