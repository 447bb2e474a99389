import type { LogLine, StateChange } from '../revisions/create-service-runtime.ts';
import type { Prepared } from '../revisions/prepare-container.ts';
import { type ContainerState, createContainer } from '../runtime/container.ts';

/** The instances of one revision of a worker pool. Each is started again when it ends. */
export interface Workers {
  readonly revision: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of the one that is worst off. */
  readonly state: ContainerState;
  /** @throws EmulatorError when they cannot be started */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkersOptions {
  readonly pool: string;
  readonly revision: string;
  readonly instances: number;
  readonly prepared: Prepared;
  readonly onLog: ((line: LogLine) => void) | undefined;
  readonly onState: ((change: StateChange) => void) | undefined;
}

/** On this machine. */
const MOST_INSTANCES = 10;

const worstFirst: readonly ContainerState[] = ['crashed', 'starting', 'stopped'];

export function createWorkers({ pool, revision, instances, prepared, onLog, onState }: WorkersOptions): Workers {
  const { app, container, startProcess, notes } = prepared;
  const env = { ...prepared.env, CLOUD_RUN_WORKER_POOL: pool, CLOUD_RUN_WORKER_POOL_REVISION: revision };
  const log = (line: string, stream: LogLine['stream']) => onLog?.({ service: pool, line, stream });
  // What runs elsewhere is known there by its identity, and started by others.
  const apps = 'url' in app ? [] : Array.from({ length: Math.min(instances, MOST_INSTANCES) }, () => app);
  const states = apps.map((): ContainerState => 'starting');
  const workers = apps.map(({ folder, own }, at) =>
    createContainer({
      service: pool,
      source: folder,
      env,
      own,
      command: container.command ?? [],
      args: container.args ?? [],
      startProcess,
      onLog: log,
      onState(state: ContainerState) {
        states[at] = state;
        onState?.({ service: pool, state });
      },
    }),
  );
  return {
    revision,
    env,
    get state() {
      return worstFirst.find((state) => states.includes(state)) ?? 'ready';
    },
    async start() {
      for (const note of notes) log(note, 'stderr');
      if (instances > MOST_INSTANCES)
        log(`run-edges: ${MOST_INSTANCES} of the ${instances} instances of ${pool} run on this machine.`, 'stderr');
      await Promise.all(workers.map((worker) => worker.start()));
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}
