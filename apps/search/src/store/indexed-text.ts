import { wordsOf } from '../text/words.ts';
import type { Document } from './store.ts';

/** The words of a document, by what they count: see `Fields`. */
export interface IndexedText {
  name: string[];
  main: string[];
  bio: string[];
  /** All of them, each once. */
  words: Set<string>;
}

export function indexedText({ name, title, team, city, skills, bio }: Document): IndexedText {
  const columns = {
    name: wordsOf(name),
    main: [title, team, city, ...skills].flatMap(wordsOf),
    bio: wordsOf(bio),
  };
  return { ...columns, words: new Set([...columns.name, ...columns.main, ...columns.bio]) };
}
