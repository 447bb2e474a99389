import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Milliseconds for which a file is left alone before it is read: editors write in several steps. */
const QUIET_MS = 50;
/** The same of one that is away, or empty: between two steps of an editor it may be so for longer. */
const AWAY_MS = 500;
/** Milliseconds after its first change that it is read at the latest: somebody may write to it all the time. */
const LATEST_MS = 2000;
/** How often it is looked at where no event comes, as in some containers and on drives of other machines. */
const LOOK_MS = 500;

export interface Following {
  close(): void;
}

/**
 * Calls whenever a file is another one than before, has other content or is away, once it has been left alone for a
 * moment, or changed all the time for long. Follows symbolic links, and files that take the place of others.
 */
export function onFileChange(file: string, changed: () => void): Following {
  const watchers = new Map<string, FSWatcher>();
  let known = stampOf(file);
  let seen = known;
  let timer: NodeJS.Timeout | undefined;
  /** When it was first another than was told. */
  let since: number | undefined;

  function look(): void {
    watchFolders();
    const now = stampOf(file);
    if (now === seen) return;
    seen = now;
    since ??= performance.now();
    clearTimeout(timer);
    const quiet = now === AWAY ? AWAY_MS : QUIET_MS;
    timer = setTimeout(settle, Math.max(0, Math.min(quiet, since + LATEST_MS - performance.now())));
  }

  function settle(): void {
    timer = undefined;
    const late = since !== undefined && performance.now() - since >= LATEST_MS;
    look();
    // It was written to meanwhile.
    if (timer !== undefined && !late) return;
    clearTimeout(timer);
    timer = undefined;
    since = undefined;
    // It is again what it was.
    if (seen === known) return;
    known = seen;
    changed();
  }

  /** Folders are watched, not files: what takes a file's place is another file. */
  function watchFolders(): void {
    const folders = new Map(foldersOf(file).map((folder) => [`${folder} ${inodeOf(folder)}`, folder]));
    for (const [key, watcher] of watchers) if (!folders.has(key)) drop(key, watcher);
    for (const [key, folder] of folders) {
      if (watchers.has(key)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, look);
        watcher.on('error', () => drop(key, watcher));
        watchers.set(key, watcher);
      } catch {
        // It is looked at now and then.
      }
    }
  }

  function drop(key: string, watcher: FSWatcher): void {
    watchers.delete(key);
    watcher.close();
  }

  watchFolders();
  const looking = setInterval(look, LOOK_MS).unref();
  return {
    close() {
      clearInterval(looking);
      clearTimeout(timer);
      for (const [key, watcher] of watchers) drop(key, watcher);
    },
  };
}

const AWAY = 'away';

function stampOf(file: string): string {
  const { ino, size, mtimeNs } = statSync(file, { bigint: true, throwIfNoEntry: false }) ?? { size: 0n };
  return size === 0n ? AWAY : `${ino} ${size} ${mtimeNs}`;
}

function inodeOf(folder: string): bigint | undefined {
  return statSync(folder, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** The folder that it is in, and the one of the file that it is a link to. */
function foldersOf(file: string): string[] {
  const folders = [dirname(resolve(file))];
  try {
    folders.push(dirname(realpathSync(file)));
  } catch {
    // It is away.
  }
  return [...new Set(folders)];
}
