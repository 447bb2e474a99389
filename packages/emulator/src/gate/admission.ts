/** How many requests a service's instances take at once, and who waits. */
export interface Admission {
  /**
   * Asks for a place. `decided` is called with true at once or when a place is free, and with false after the wait.
   * The returned function gives the place back, or leaves the queue.
   */
  enter(capacity: number, decided: (admitted: boolean) => void): () => void;
}

interface Waiting {
  readonly capacity: number;
  readonly admit: () => void;
}

/** First come, first served. @param wait milliseconds @see https://docs.cloud.google.com/run/docs/about-instance-autoscaling */
export function createAdmission(wait: number): Admission {
  let busy = 0;
  const queue = new Set<Waiting>();

  const leave = () => {
    busy--;
    const [next] = queue;
    if (next !== undefined && busy < next.capacity) next.admit();
  };

  return {
    enter(capacity, decided) {
      if (busy < capacity) {
        busy++;
        decided(true);
        return once(leave);
      }
      let giveBack = () => {
        queue.delete(waiting);
        clearTimeout(timer);
      };
      const waiting: Waiting = {
        capacity,
        admit() {
          giveBack();
          busy++;
          giveBack = once(leave);
          decided(true);
        },
      };
      const timer = setTimeout(() => {
        queue.delete(waiting);
        giveBack = () => undefined;
        decided(false);
      }, wait);
      queue.add(waiting);
      return () => giveBack();
    },
  };
}

function once(action: () => void): () => void {
  let due = true;
  return () => {
    if (!due) return;
    due = false;
    action();
  };
}
