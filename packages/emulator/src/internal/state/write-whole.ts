import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What is being written, until it stands in the file's place. */
const fresh = (file: string) => `${file}.new`;

/**
 * Writes a file that nobody else may read: a crash or a full disk leaves the old one or the new one, never half of one.
 * @throws NodeJS.ErrnoException
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  await rm(fresh(file), { force: true });
  try {
    const handle = await open(fresh(file), 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh(file), file);
  } catch (error) {
    await rm(fresh(file), { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Removes what was left beside a file by who was killed while writing it. */
export async function sweep(file: string): Promise<void> {
  const names = await readdir(dirname(file)).catch(() => []);
  const left = names.filter((name) => name.startsWith(`${basename(file)}.`) && /\.(?:new|\d+)$/.test(name));
  await Promise.all(left.map((name) => rm(join(dirname(file), name), { force: true }).catch(() => undefined)));
}

/** So that the new name outlives a loss of power, where the file system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
