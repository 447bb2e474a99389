import { type Container, type ContainerOptions, type ContainerState, createContainer } from './container.ts';

/** What became of a wait for a container: it is up, it did not come up, or it takes too long. */
export type Coming = 'up' | 'failed' | 'late';

export interface InstanceOptions extends ContainerOptions {
  /** Milliseconds without a request until the container is stopped; undefined: never. */
  readonly scaleToZero: number | undefined;
  /** Milliseconds that a request waits for a container at least. */
  readonly queueWait: number;
  /** False: the first request starts it, and shows whether it comes up. */
  readonly startsAtOnce: boolean;
}

/** The one container of a revision, and whether it is there. */
export interface Instance {
  /** @throws EmulatorError when it does not come up */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What becomes of a container that is on its way, woken where it was scaled to zero; undefined where none comes. */
  coming(): Promise<Coming> | undefined;
  /** A request is under way until the returned function is called. */
  occupy(): () => void;
}

/** Cloud Run lets requests wait for 3.5 times the average start-up time, at least. */
const STARTUPS_TO_WAIT = 3.5;

/**
 * Keeps a container up, or stops it when nothing was asked of it for long and starts it again at the next request.
 * @see https://docs.cloud.google.com/run/docs/about-instance-autoscaling
 */
export function createInstance(options: InstanceOptions): Instance {
  const { scaleToZero, queueWait, onState } = options;
  const stopping = new Set<Promise<void>>();
  let container: Container | undefined;
  let awaited: PromiseWithResolvers<boolean> | undefined;
  let ready = false;
  let asleep = false;
  let requests = 0;
  let timer: NodeJS.Timeout | undefined;
  let startups: { readonly count: number; readonly total: number; readonly since?: number } = { count: 0, total: 0 };

  function make(): Container {
    const made: Container = createContainer({
      ...options,
      onState(state, port) {
        // One that was put to sleep says nothing more.
        if (made !== container) return;
        notice(state);
        onState(state, port);
      },
    });
    return made;
  }

  function notice(state: ContainerState): void {
    const wasUp = ready;
    ready = state === 'ready';
    if (state === 'starting') {
      const { count, total } = startups;
      // One that is up, and only fails its readiness probe, does not start anew.
      startups = { count, total, ...(wasUp ? {} : { since: performance.now() }) };
      awaited ??= Promise.withResolvers();
      return;
    }
    if (ready) {
      const { count, total, since } = startups;
      if (since !== undefined) startups = { count: count + 1, total: total + performance.now() - since };
      sleepLater();
    }
    awaited?.resolve(ready);
    awaited = undefined;
  }

  function sleepLater(): void {
    clearTimeout(timer);
    if (scaleToZero !== undefined && requests === 0) timer = setTimeout(sleep, scaleToZero).unref();
  }

  function sleep(): void {
    if (!ready || container === undefined) return;
    const ended = container.stop().finally(() => stopping.delete(ended));
    stopping.add(ended);
    container = undefined;
    asleep = true;
    ready = false;
    onState('stopped', 0);
  }

  function wake(): void {
    asleep = false;
    awaited = Promise.withResolvers();
    container = make();
    container.start().catch((error: Error) => {
      options.onLog(`${options.service} did not come up: ${error.message}`, 'stderr');
      // The next request tries again.
      asleep = true;
      awaited?.resolve(false);
      awaited = undefined;
    });
  }

  return {
    async start() {
      if (!options.startsAtOnce) {
        asleep = true;
        onState('stopped', 0);
        return;
      }
      container = make();
      await container.start();
    },
    async stop() {
      clearTimeout(timer);
      asleep = false;
      await Promise.all([container?.stop(), ...stopping]);
      container = undefined;
    },
    coming() {
      if (asleep) wake();
      if (awaited === undefined) return undefined;
      const average = startups.count === 0 ? 0 : startups.total / startups.count;
      return orLate(awaited.promise, Math.max(STARTUPS_TO_WAIT * average, queueWait));
    },
    occupy() {
      requests++;
      clearTimeout(timer);
      let under = true;
      return () => {
        if (!under) return;
        under = false;
        requests--;
        sleepLater();
      };
    },
  };
}

async function orLate(up: Promise<boolean>, wait: number): Promise<Coming> {
  const late = Promise.withResolvers<Coming>();
  const timer = setTimeout(() => late.resolve('late'), wait);
  try {
    return await Promise.race([up.then((came): Coming => (came ? 'up' : 'failed')), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
