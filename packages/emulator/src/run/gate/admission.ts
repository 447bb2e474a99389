/** How many requests a service's instances take at once, and who waits. */
export interface Admission {
  /** Takes a place, where one is free. The function returned gives it back: call it once. */
  enter(capacity: number): (() => void) | undefined;
  /**
   * Waits for a place. `decided` is called with true when one is free, and with false after the wait. The returned
   * function gives the place back, or leaves the queue.
   */
  wait(capacity: number, decided: (admitted: boolean) => void): () => void;
  /** Resolves when nobody has a place or waits for one; undefined where that is so already. */
  whenIdle(): Promise<void> | undefined;
}

interface Waiting {
  readonly capacity: number;
  readonly admit: () => void;
}

/** First come, first served. @param wait milliseconds @see https://docs.cloud.google.com/run/docs/about-instance-autoscaling */
export function createAdmission(wait: number): Admission {
  let busy = 0;
  const queue = new Set<Waiting>();
  let idle: PromiseWithResolvers<void> | undefined;

  const settle = () => {
    if (busy > 0 || queue.size > 0) return;
    idle?.resolve();
    idle = undefined;
  };

  const leave = () => {
    busy--;
    if (queue.size === 0) {
      settle();
      return;
    }
    const [next] = queue;
    if (next !== undefined && busy < next.capacity) next.admit();
  };

  return {
    enter(capacity) {
      if (busy >= capacity) return undefined;
      busy++;
      return leave;
    },
    wait(capacity, decided) {
      let giveBack = () => {
        queue.delete(waiting);
        clearTimeout(timer);
        settle();
      };
      const waiting: Waiting = {
        capacity,
        admit() {
          busy++;
          giveBack();
          giveBack = once(leave);
          decided(true);
        },
      };
      const timer = setTimeout(() => {
        queue.delete(waiting);
        giveBack = () => undefined;
        decided(false);
        settle();
      }, wait);
      queue.add(waiting);
      return () => giveBack();
    },
    whenIdle() {
      if (busy === 0 && queue.size === 0) return undefined;
      idle ??= Promise.withResolvers();
      return idle.promise;
    },
  };
}

/** Whatever is called more than once does it the first time alone. */
export function once(action: () => void): () => void {
  let due = true;
  return () => {
    if (!due) return;
    due = false;
    action();
  };
}
