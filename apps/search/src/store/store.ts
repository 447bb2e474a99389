/** What the index keeps of a person. */
export interface Document {
  name: string;
  title: string;
  team: string;
  city: string;
  skills: string[];
  bio: string;
}

/** A document as of a version; `null` instead of one: there is none any more. */
export interface Change {
  id: string;
  version: number;
  document: Document | null;
}

/** Outcome of a change: the version that is now stored, and whether this change made it so. */
export interface Written {
  id: string;
  version: number;
  applied: boolean;
}

/** Where words are looked for: in names; there and in title, team, city and skills; or in the biography, too. */
export type Fields = 'name' | 'main' | 'any';

/** A word of the index: this one, or any that begins with it. */
export interface Term {
  word: string;
  beginning: boolean;
}

/** Documents that have, in these fields, one of the terms of every list. */
export interface Clause {
  fields: Fields;
  every: Term[][];
}

export interface Match {
  key: number;
  id: string;
  version: number;
  document: Document;
}

/**
 * The full-text index. Changes carry a version that the owner of the data counts up: one that is not newer than what is
 * stored changes nothing, so that repeated and overtaken deliveries do no harm. A deletion is remembered as a version, too.
 */
export interface SearchStore {
  /** Applies changes, one after the other, all or none. */
  write(changes: readonly Change[]): Promise<Written[]>;
  /** Documents that match one clause and not the other, in the order of their keys, from behind a key. */
  match(wanted: Clause, unwanted: Clause | undefined, afterKey: number, limit: number): Promise<Match[]>;
  /** For each word, whether one in the index begins with it. */
  areKnown(words: readonly string[]): Promise<boolean[]>;
  /** Words of the index that begin so, in order. */
  wordsBeginningWith(beginning: string, limit: number): Promise<string[]>;
  /** For each word, words of the index with one of its spellings (see `spellingsOf`), the most used first. */
  spelledLike(words: readonly string[], limit: number): Promise<string[][]>;
  /** Resolves to the number of documents; rejects when the store does not work. */
  count(): Promise<number>;
  close(): Promise<void>;
}
