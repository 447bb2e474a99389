import { MendableError } from '../mendable-error.ts';

/** A repository in which there is nothing to begin with. */
export class InitError extends MendableError {
  override readonly name = 'InitError';
}
