import type { Folder, Scanned } from './scan.ts';

export function isBelow(path: string, folder: string): boolean {
  return folder === '' ? path !== '' : path.startsWith(`${folder}/`);
}

export function pathIn({ path }: Folder, file: string): string {
  return path === '' ? file : `${path}/${file}`;
}

/** The name of a folder; that of the root is asked for elsewhere. */
export function nameOf({ path }: Folder, { root }: Scanned): string {
  return (path === '' ? root : path).split(/[\\/]/).at(-1) ?? '';
}
