import { existsSync, writeFileSync } from 'node:fs';
import { MendableError } from '../mendable-error.ts';

/** What is there already is not written over. */
export class FileThereError extends MendableError {
  override readonly name = 'FileThereError';

  constructor(file: string, mend: string) {
    super(`${file} is there already.`, mend);
  }
}

/** Before the work is done whose result would go there. @throws FileThereError */
export function refuseToReplace(file: string, mend: string): void {
  if (existsSync(file)) throw new FileThereError(file, mend);
}

/** Writes a file that is not there yet. @throws FileThereError */
export function writeNewFile(file: string, text: string, mend: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new FileThereError(file, mend);
    throw error;
  }
}
