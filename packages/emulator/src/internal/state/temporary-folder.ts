import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, removeFolderNow } from './remove-folder.ts';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Folders of this process that are still there. */
const present = new Set<string>();

/** A folder that goes when it is disposed; or with the process, where that ends before, but not by an unhandled signal. */
export async function makeTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'run-edges-'));
  if (present.size === 0) process.on('exit', removeAll);
  present.add(path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await removeFolder(path);
      present.delete(path);
      if (present.size === 0) process.off('exit', removeAll);
    },
  };
}

function removeAll(): void {
  for (const path of present) {
    try {
      removeFolderNow(path);
    } catch {
      // A service is still writing into it, or has mounted something there. Nobody could be told any more.
    }
  }
}
