import type { Candidate } from './candidate.ts';
import { nameOf, pathIn } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';

export function detectNode(folder: Folder, repository: Scanned): Candidate | undefined {
  if (!folder.files.has('package.json')) return undefined;
  const file = pathIn(folder, 'package.json');
  const manifest = parsed(repository.read(file));
  const start = manifest?.scripts?.start;
  if (typeof start !== 'string' || start.trim() === '') return undefined;
  const own = typeof manifest?.name === 'string' ? manifest.name.replace(/^@[^/]*\//, '') : '';
  const called = folder.path === '' && own !== '' ? own : nameOf(folder, repository);
  return { called, folder: folder.path, from: `the start script of ${file}`, language: 'node' };
}

interface Manifest {
  readonly name?: unknown;
  readonly scripts?: { readonly start?: unknown };
}

function parsed(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
