import type { Term } from '../store/store.ts';
import { wordsOf } from './words.ts';

/** What is looked for: words, each the beginning of one in the index, and what else each may have been meant as. */
export interface Question {
  words: string[];
  /** For each word, what is one mistake away; nothing where the word is too short to guess. */
  corrections: Term[][];
  /** For each word, whether some word in the index begins with it. */
  known: boolean[];
}

const MAX_WORDS = 10;

/** The words of what somebody typed: no sign in it has a meaning, whatever syntax an engine has. */
export function askedWords(text: string): string[] {
  return [...new Set(wordsOf(text))].slice(0, MAX_WORDS);
}
