import { RE2JS } from 're2js';

/** Counted repetitions are written out when they are compiled: `a{100}` is a hundred steps. */
const MOST_REPETITIONS = 100;

/** Steps of a compiled expression. Each may be asked at each character. */
const LARGEST_PROGRAM = 200;

/** Distinct patterns kept compiled. */
const MOST_COMPILED = 500;

const compiled = new Map<string, RE2JS>();

/**
 * A regular expression as Google's services read it. Its time grows with the text and no faster, whatever the two are.
 * @throws Error what RE2 does not take, or is too large
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function regularExpression(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const counts = [...pattern.matchAll(/\{(\d{0,9}),?(\d{0,9})\}/g)].map(([, least, most]) => Number(most || least));
  if (counts.reduce((sum, count) => sum + count, 0) > MOST_REPETITIONS)
    throw new Error(`the regular expression ${JSON.stringify(pattern)} repeats more than ${MOST_REPETITIONS} times`);
  const made = RE2JS.compile(pattern);
  if (made.programSize() > LARGEST_PROGRAM)
    throw new Error(`the regular expression ${JSON.stringify(pattern)} is too large`);
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(pattern, made);
  return made;
}
