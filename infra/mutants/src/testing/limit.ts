const MOST = 3;
export const UNIT = 'piece';

/** What `mutate.test.ts` breaks. */
export function isFew(count: number): boolean {
  return count >= 0 && count <= MOST;
}

export function isMany(count: number): boolean {
  return !isFew(count);
}
