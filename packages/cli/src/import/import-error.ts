import { MendableError } from '../mendable-error.ts';

/** What there is to import cannot be read, or makes no declaration. */
export class ImportError extends MendableError {
  override readonly name = 'ImportError';
}
