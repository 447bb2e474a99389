import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of the repository, with the names of its files. */
export interface Folder {
  /** From the root, with slashes; empty: the root itself. */
  readonly path: string;
  readonly files: ReadonlySet<string>;
}

export interface Scanned {
  readonly root: string;
  /** Outer ones first, each level by name. */
  readonly folders: readonly Folder[];
  /** Whether there was more than is looked at. */
  readonly cut: boolean;
  /** The text of a file from the root on; empty where it cannot be read, or is too large. */
  read(path: string): string;
}

/** What holds no service of this repository's own: others' code, what is built, and what tests play with. */
const PASSED_OVER =
  /^(?:\..*|node_modules|vendor|third_party|dist|build|out|target|bin|obj|coverage|venv|env|__pycache__|site-packages|testdata|__?fixtures__?|fixtures?|__mocks__|mocks?|tests?|__tests__|specs?|e2e)$/i;

const DEEPEST = 6;
/** Entries that are looked at; a repository's own folders are far below. */
const MOST = 50_000;
/** Bytes. */
const LARGEST = 256 * 1024;

/** Every folder that may hold a service. Links are not followed. */
export function scan(root: string): Scanned {
  const folders: Folder[] = [];
  let level: string[] = [''];
  let left = MOST;
  for (let depth = 0; depth <= DEEPEST && level.length > 0 && left > 0; depth++) {
    const next: string[] = [];
    for (const path of level) {
      if (left <= 0) break;
      const entries = entriesOf(join(root, path));
      left -= entries.length + 1;
      folders.push({ path, files: new Set(entries.filter((one) => one.isFile()).map(({ name }) => name)) });
      for (const one of entries)
        if (one.isDirectory() && !PASSED_OVER.test(one.name)) next.push(path === '' ? one.name : `${path}/${one.name}`);
    }
    level = next.sort();
  }
  return { root, folders, cut: left <= 0, read: (path) => textOf(join(root, path)) };
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Others' business, or gone meanwhile.
    return [];
  }
}

function textOf(file: string): string {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= LARGEST ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
