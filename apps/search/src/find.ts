import type { Position } from './cursor.ts';
import type { Clause, Fields, Match, SearchStore, Term } from './store/store.ts';
import { askedWords, type Question } from './text/question.ts';
import { canBeMistyped, isOneMistakeAway } from './text/spelling.ts';

export interface Found extends Match {
  position: Position;
  question: Question;
}

/** So many words are tried for one that may be mistyped. */
const MAX_CORRECTIONS = 12;
/** So many words are looked through for beginnings that are one mistake away. */
const MAX_COMPARED = 2_000;
/** Known words of this length or less are meant as they are: they have a neighbour by chance. */
const MEANT_AS_TYPED = 3;

/** One rank of matches: what a document must have to be in it; `undefined` when this question has no such rank. */
type Tier = (question: Question) => Clause | undefined;

/**
 * Best first. Each holds all that the one before it holds, and gives what that one has not given; within a tier, keys
 * decide. So a page is a walk along lists that are sorted already, however many documents match, and the next page goes
 * on where the last one ended, whatever was written in between.
 */
const TIERS: readonly Tier[] = [
  asTyped('name', false),
  asTyped('name', true),
  asTyped('main', true),
  asTyped('any', true),
  corrected('name', isUnknown),
  corrected('any', isUnknown),
  corrected('any', canBeWrong),
];
const FIRST_CORRECTED = 4;

/** Documents in which every word of the text, as typed or corrected, begins a word; best first, from behind a position. */
export async function find(
  store: SearchStore,
  text: string,
  after: Position | undefined,
  limit: number,
): Promise<Found[]> {
  const words = askedWords(text);
  if (words.length === 0) return [];
  const question: Question = { words, known: await store.areKnown(words), corrections: words.map(() => []) };
  const found: Found[] = [];
  let before: Clause | undefined;
  for (const [tier, clauseOf] of TIERS.entries()) {
    if (tier === FIRST_CORRECTED) question.corrections = await correctionsOf(store, question);
    const clause = clauseOf(question);
    if (!clause) continue;
    if (tier >= (after?.tier ?? 0)) {
      const afterKey = tier === after?.tier ? after.key : 0;
      const matches = await store.match(clause, before, afterKey, limit - found.length);
      const asked = tier < FIRST_CORRECTED ? { ...question, corrections: [] } : question;
      for (const match of matches) found.push({ ...match, position: { tier, key: match.key }, question: asked });
      if (found.length === limit) break;
    }
    before = clause;
  }
  return found;
}

function asTyped(fields: Fields, beginning: boolean): Tier {
  return ({ words, known }) =>
    known.every(Boolean) ? { fields, every: words.map((word) => [{ word, beginning }]) } : undefined;
}

/** Words that may be wrong, as typed or corrected; the others as typed. */
function corrected(fields: Fields, mayBeWrong: (question: Question, at: number) => boolean): Tier {
  return (question) => {
    const every = question.words.map((word, at): Term[] => {
      const others = mayBeWrong(question, at) ? (question.corrections[at] ?? []) : [];
      const typed = question.known[at] ? [{ word, beginning: true }] : [];
      return [...typed, ...others];
    });
    const changes = question.words.some((_, at) => mayBeWrong(question, at) && question.corrections[at]?.length);
    return changes && every.every((terms) => terms.length > 0) ? { fields, every } : undefined;
  };
}

function isUnknown({ known }: Question, at: number): boolean {
  return !known[at];
}

function canBeWrong({ words, known }: Question, at: number): boolean {
  return !known[at] || (words[at] ?? '').length > MEANT_AS_TYPED;
}

async function correctionsOf(store: SearchStore, { words, known }: Question): Promise<Term[][]> {
  const spelled = await store.spelledLike(words, MAX_CORRECTIONS * 4);
  return Promise.all(
    words.map(async (word, at) => {
      if (!canBeMistyped(word)) return [];
      const whole = (spelled[at] ?? []).filter((other) => isOneMistakeAway(word, other)).slice(0, MAX_CORRECTIONS);
      if (whole.length > 0 || known[at] || word.length <= MEANT_AS_TYPED)
        return whole.map((other) => ({ word: other, beginning: false }));
      const beginnings = await beginningsLike(store, word);
      return beginnings.map((beginning) => ({ word: beginning, beginning: true }));
    }),
  );
}

/** Beginnings of words that are one mistake away, the first two letters being right: for who has not typed all of a word yet. */
async function beginningsLike(store: SearchStore, word: string): Promise<string[]> {
  const letters = [...word];
  const candidates = await store.wordsBeginningWith(letters.slice(0, 2).join(''), MAX_COMPARED);
  const beginnings = candidates.flatMap((candidate) => {
    const of = [...candidate];
    return [-1, 0, 1]
      .map((longer) => of.slice(0, letters.length + longer).join(''))
      .filter((beginning) => isOneMistakeAway(word, beginning));
  });
  return [...new Set(beginnings)].slice(0, MAX_CORRECTIONS);
}
