import { EmulatorError } from './errors.ts';

/**
 * Once the emulator begins to stop, whatever would start a process or open a port asks here first, and is refused: what
 * would come up later than what stops it would stay for ever.
 * @throws EmulatorError STOPPING
 */
export function refuseWhenEnding(ending: AbortSignal): void {
  if (ending.aborted) throw new EmulatorError('STOPPING', 'The emulator is stopping.', 'Start it again.');
}

/** Whether it was the end of the emulator that came between. */
export function isEnding(error: unknown): boolean {
  return error instanceof EmulatorError && error.code === 'STOPPING';
}

/** Rejects with the signal's reason when it is aborted. */
export function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
