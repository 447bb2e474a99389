import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { object } from '../internal/json-shape.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import { createDispatcher, type StoreWhenNeeded } from './dispatcher.ts';
import { type FindGate, findGates, type Reachable } from './gates.ts';
import { createHistory, type Delivery } from './history.ts';
import { createPubsub, type Pubsub } from './pubsub/pubsub.ts';
import { createPubsubResources, type SavedPubsub, savedPubsubShape } from './pubsub/resources.ts';
import { createSending, type SendOptions } from './send.ts';
import type { Kind } from './task.ts';
import { openTaskStore, type TaskStore } from './task-store.ts';

/** What is kept of senders in the state file. */
export interface SavedSenders {
  readonly pubsub?: SavedPubsub;
}

/** What a state file must hold of them. */
export const savedSendersShape = object({}, { pubsub: savedPubsubShape });

/** The senders of the project, and the one loop that delivers for all of them. */
export interface Deliveries {
  readonly pubsub: Pubsub;
  readonly findGate: FindGate;
  /** The newest deliveries, oldest first; bounded. */
  list(): readonly Delivery[];
  /** Resolves when nothing is due nor under way: true; false when the signal is aborted before. */
  idle(signal: AbortSignal): Promise<boolean>;
  /** Begins to deliver. */
  start(): void;
  /** What is under way is broken off, and delivered again at the next start. */
  stop(): Promise<void>;
}

export interface DeliveriesOptions extends Omit<SendOptions, 'findGate'> {
  /** Undefined: nothing outlives the end of the emulator. */
  readonly stateDir: string | undefined;
  readonly kept: Pick<KeptState<{ readonly senders?: SavedSenders }>, 'saved' | 'save' | 'keep'>;
  readonly reachable: () => readonly Reachable[];
  /** Milliseconds since the epoch. */
  readonly millis: () => number;
}

/** @throws EmulatorError STATE_INVALID */
export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { stateDir, kept, reachable, millis } = options;
  const findGate = findGates(reachable);
  const sending = createSending({ ...options, findGate });
  const history = createHistory();
  const store = openWhenNeeded(stateDir && join(stateDir, 'delivery.db'));
  const dispatcher = createDispatcher({ store, kindOf, send: sending.send, history, millis });
  const resources = createPubsubResources(kept.saved?.senders?.pubsub, kept.save);
  const pubsub = createPubsub({ resources, add: dispatcher.add, millis, more: () => undefined });
  kept.keep({ name: 'senders', save: () => ({ pubsub: resources.save() }), remember: resources.remember });
  return {
    pubsub,
    findGate,
    list: history.list,
    async idle(signal) {
      await dispatcher.idle(signal);
      return dispatcher.isIdle();
    },
    start: dispatcher.wake,
    async stop() {
      await dispatcher.stop();
      await sending.close();
      store.close();
    },
  };

  function kindOf(sender: string): Kind | undefined {
    return /^projects\/[^/]+\/subscriptions\//.test(sender) ? pubsub.kind : undefined;
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
