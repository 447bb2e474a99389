import { EventEmitter } from 'node:events';

/** A line that a task of an execution wrote, or that was said about it. */
export interface OutputLine {
  /** Counts from 1. */
  readonly number: number;
  /** Index of the task. */
  readonly task: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** What the tasks of one execution wrote: the newest of it. */
export interface Output {
  add(line: Omit<OutputLine, 'number'>): void;
  /** Nothing more is written. */
  end(): void;
  /** The lines after this number, oldest first; where there are none yet, waits for some so many milliseconds, or for the end. */
  after(number: number, wait: number): Promise<readonly OutputLine[]>;
}

const MOST_LINES = 2000;
const MOST_CHARACTERS = 1024 * 1024;

export function createOutput(): Output {
  const events = new EventEmitter().setMaxListeners(0);
  let kept: OutputLine[] = [];
  let characters = 0;
  let count = 0;
  let over = false;
  const newer = (number: number) => kept.filter((line) => line.number > number);

  return {
    add(line) {
      kept.push({ number: ++count, ...line });
      characters += line.line.length;
      while (kept.length > MOST_LINES || (characters > MOST_CHARACTERS && kept.length > 1)) {
        const half = Math.max(1, Math.floor(kept.length / 2));
        for (const gone of kept.slice(0, half)) characters -= gone.line.length;
        kept = kept.slice(half);
      }
      events.emit('news');
    },
    end() {
      over = true;
      events.emit('news');
    },
    async after(number, wait) {
      if (over || newer(number).length > 0) return newer(number);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, wait);
      events.once('news', resolve);
      await promise;
      clearTimeout(timer);
      events.off('news', resolve);
      return newer(number);
    },
  };
}
