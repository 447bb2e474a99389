import type { Never } from '../declaration.ts';

/** What `login -> search` says, or undefined where it is another text. */
export function readNever(text: string): Never | undefined {
  const [, caller, receiver] = /^\s*(\S+)\s*->\s*(\S+)\s*$/.exec(text) ?? [];
  return caller === undefined || receiver === undefined ? undefined : { caller, receiver };
}
