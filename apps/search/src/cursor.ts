import { createHash } from 'node:crypto';

/** Where a hit stands in the order of all hits of one question. */
export interface Position {
  /** Index of the tier, see `TIERS`. */
  tier: number;
  /** Key of the document, which is its place within the tier. */
  key: number;
}

const SHAPE = /^([0-9])\.([0-9]{1,15})\.([\w-]{8})$/;

/** A position as others get it: to be given back with the same words, and nothing to be read from. */
export function toCursor({ tier, key }: Position, words: readonly string[]): string {
  return Buffer.from(`${tier}.${key}.${digestOf(words)}`).toString('base64url');
}

/** Reads a cursor; `undefined` when it is none, or one of another question. */
export function fromCursor(cursor: string, words: readonly string[]): Position | undefined {
  const [, tier, key, digest] = SHAPE.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  return digest === digestOf(words) ? { tier: Number(tier), key: Number(key) } : undefined;
}

function digestOf(words: readonly string[]): string {
  return createHash('sha256').update(words.join(' ')).digest('base64url').slice(0, 8);
}
