import { type FSWatcher, lstatSync, readdirSync, watch } from 'node:fs';
import { join, sep } from 'node:path';
import type { Following } from './on-file-change.ts';

/** Folders that are made from others, or kept for later. */
const NOT_WATCHED: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'coverage', 'target', 'venv', 'tmp']);
/** Files that programs write while they run or are built. */
const NOT_CODE =
  /(?:~|\.(?:log|tmp|swp|swx|pid|pyc|tsbuildinfo|db|sqlite3?|db-(?:wal|shm|journal)|sqlite3?-(?:wal|shm|journal)))$/;
const MOST_FOLDERS = 5000;
/** Milliseconds of quiet after the last change: a build writes many files. */
const QUIET_MS = 200;
/** Milliseconds after the first change that it is told at the latest: some folders are never quiet. */
const LATEST_MS = 2000;

/** Whether a change of a file or folder of this name is one of code. */
export function isCode(name: string): boolean {
  return !name.startsWith('.') && !NOT_WATCHED.has(name) && !NOT_CODE.test(name);
}

export interface TreeOptions {
  /** Told one of the files that changed, once it is quiet, or has been loud for long. */
  readonly changed: (path: string) => void;
  /** Told why a folder's changes are not seen. */
  readonly blind: (folder: string, why: string) => void;
}

/** Calls when code below a folder has changed: dotfiles, node_modules, caches and logs are none. */
export function onTreeChange(root: string, { changed, blind }: TreeOptions): Following {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  /** When what is to be told began. */
  let since: number | undefined;

  function follow(folder: string): void {
    if (watchers.has(folder)) return;
    if (watchers.size >= MOST_FOLDERS) {
      blind(folder, `it is one of more than ${MOST_FOLDERS} folders`);
      return;
    }
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => see(folder, name));
      watcher.on('error', () => drop(folder));
      watchers.set(folder, watcher);
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory() && isCode(entry.name)) follow(join(folder, entry.name));
    } catch (error) {
      // One that was taken away meanwhile is no loss.
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') blind(folder, code);
    }
  }

  function see(folder: string, name: string | null): void {
    if (name === null || !isCode(name)) return;
    const path = join(folder, name);
    // A link is none of the folder's own: it may lead to itself, or to all of the machine.
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) dropAllOf(path);
    if (found?.isDirectory()) follow(path);
    since ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(() => tell(path), Math.max(0, Math.min(QUIET_MS, since + LATEST_MS - performance.now())));
  }

  function tell(path: string): void {
    since = undefined;
    changed(path);
  }

  function drop(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  /** Who was moved away takes what is below it along, whose watchers would stay with it. */
  function dropAllOf(path: string): void {
    for (const folder of watchers.keys()) if (folder === path || folder.startsWith(path + sep)) drop(folder);
  }

  follow(root);
  return {
    close() {
      clearTimeout(timer);
      for (const folder of watchers.keys()) drop(folder);
    },
  };
}
