/** Shorter words have too many neighbours, longer ones are no words that somebody mistypes. */
const SHORTEST = 3;
const LONGEST = 24;

/** A word that may be mistyped: letters only, a mistake in a number cannot be guessed. */
export function canBeMistyped(word: string): boolean {
  return word.length >= SHORTEST && word.length <= LONGEST && /^[\p{L}\p{M}]+$/u.test(word);
}

/**
 * The word and what is left of it without any one letter. Two words that are one mistake apart (a letter more, less,
 * another, or two swapped) share one of these, whichever letter it is: so a look-up of exact strings finds all of them,
 * where trigrams miss short names. Garbe, "1000x Faster Spelling Correction", 2012 (SymSpell).
 */
export function spellingsOf(word: string): string[] {
  const letters = [...word];
  return [...new Set([word, ...letters.map((_, at) => letters.toSpliced(at, 1).join(''))])];
}

/** Whether one letter added, left out, replaced or swapped with its neighbour makes one word of the other. */
export function isOneMistakeAway(a: string, b: string): boolean {
  const [short, long] = [[...a], [...b]].sort((one, other) => one.length - other.length) as [string[], string[]];
  if (a === b || long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  const restOf = (letters: readonly string[], from: number) => letters.slice(from).join('');
  if (short.length < long.length) return restOf(short, at) === restOf(long, at + 1);
  const swapped = short[at] === long[at + 1] && short[at + 1] === long[at];
  return restOf(short, at + 1) === restOf(long, at + 1) || (swapped && restOf(short, at + 2) === restOf(long, at + 2));
}
