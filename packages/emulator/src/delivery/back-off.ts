/** How long is waited between attempts. Milliseconds. */
export interface BackOff {
  readonly min: number;
  readonly max: number;
  /** After so many doublings the wait grows by the same amount each time. */
  readonly doublings: number;
}

/**
 * The wait before a retry: doubled, then linear, at most `max`. Of 10 s, at most 300 s and 3 doublings: 10, 20, 40, 80, 160,
 * 240, 300, 300.
 * @param retry 1 for the first one
 * @see https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig
 */
export function backOff({ min, max, doublings }: BackOff, retry: number): number {
  const doubled = Math.min(retry - 1, doublings, 100);
  const linear = Math.max(retry - doublings, 1);
  return Math.min(min * 2 ** doubled * linear, max);
}

/** `1.5s` in milliseconds, as protocol buffers write durations in JSON; undefined for what is none. */
export function readDuration(text: unknown): number | undefined {
  const [, seconds] = typeof text === 'string' ? (/^(-?\d{1,12}(?:\.\d{1,9})?)s$/.exec(text) ?? []) : [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

export function writeDuration(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}
