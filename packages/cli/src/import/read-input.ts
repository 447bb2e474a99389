import { createReadStream } from 'node:fs';
import { ImportError } from './import-error.ts';

/** Bytes. States of thousands of resources are far below. */
const LARGEST = 256 * 1024 * 1024;

/** The text of a file, or of standard input where it is called `-`. @throws ImportError */
export async function readInput(file: string, largest: number = LARGEST): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of file === '-' ? process.stdin : createReadStream(file)) {
      size += (piece as Buffer).length;
      if (size > largest) break;
      pieces.push(piece as Buffer);
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ImportError(`${file} cannot be read (${code}).`, 'Check the path and that you may read it.', { cause });
  }
  if (size > largest)
    throw new ImportError(
      `${file} is larger than ${largest / 1024 / 1024} MiB.`,
      'Give the part with Cloud Run alone.',
    );
  return Buffer.concat(pieces).toString('utf8');
}
