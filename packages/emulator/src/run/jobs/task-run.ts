/** How one try of a task ended. */
export type Attempt =
  | { readonly ended: 'exited'; readonly exitCode: number }
  | { readonly ended: 'timeout' }
  | { readonly ended: 'cancelled' };

export type TaskState = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Cancelled';

/** One task of an execution, as far as it has come. Times are RFC 3339. */
export interface TaskRun {
  readonly index: number;
  readonly state: TaskState;
  /** How often it was tried again. */
  readonly retried: number;
  readonly started?: string;
  readonly completed?: string;
  /** How the last try ended. */
  readonly last?: Attempt;
}

/** Why a try failed, in Cloud Run's words. */
export function failureOf(attempt: Attempt): string {
  if (attempt.ended === 'timeout') return 'The configured timeout was reached.';
  if (attempt.ended === 'cancelled') return 'The task was cancelled.';
  return attempt.exitCode > 128
    ? `The container exited with an error (exit code ${attempt.exitCode}: it was ended by signal ${attempt.exitCode - 128}).`
    : `The container exited with an error (exit code ${attempt.exitCode}).`;
}
