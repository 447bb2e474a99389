import { setTimeout as pause } from 'node:timers/promises';
import { GcloudError } from './gcloud-error.ts';

export interface Patience {
  /** Whether it is over a little later by itself. */
  readonly passes: (error: GcloudError) => boolean;
  /** Seconds between the tries. */
  readonly pauses: readonly number[];
  /** Told what a try failed of that is followed by another. */
  readonly onRetry?: ((error: GcloudError) => void) | undefined;
}

/** Tries again what fails of something that passes. @throws what the last try failed of */
export async function patiently<T>(task: () => Promise<T>, { passes, pauses, onRetry }: Patience): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await task();
    } catch (error) {
      const seconds = pauses[tries];
      if (!(error instanceof GcloudError) || !passes(error) || seconds === undefined) throw error;
      onRetry?.(error);
      await pause(seconds * 1000);
    }
  }
}
