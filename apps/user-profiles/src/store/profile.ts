import { isDeepStrictEqual } from 'node:util';
import type { Profile, ProfileInput, SearchDocument } from './store.ts';

/** Whether a write would leave a profile as it is. */
export function isUnchanged({ id: _, email: __, version: ___, ...before }: Profile, input: ProfileInput): boolean {
  return isDeepStrictEqual(before, { ...input });
}

/** What search is told of a person; nothing of somebody hidden. */
export function searchDocument({ name, title, team, city, skills, bio, hidden }: ProfileInput): SearchDocument | null {
  return hidden ? null : { name, title, team, city, skills, bio };
}
