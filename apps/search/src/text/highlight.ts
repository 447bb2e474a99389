import type { Document, Term } from '../store/store.ts';
import type { Question } from './question.ts';
import { fold, isEmoji, tokensOf } from './words.ts';

/** A piece of a field's text, and whether it is (part of) what was looked for. Text, never markup. */
export interface Fragment {
  text: string;
  match: boolean;
}

/** The fields of a document that match, in pieces; of the skills, one list of pieces for each. */
export interface Highlights {
  name?: Fragment[];
  title?: Fragment[];
  team?: Fragment[];
  city?: Fragment[];
  skills?: Fragment[][];
  bio?: Fragment[];
}

/** How much of a biography is shown around its first match, in UTF-16 code units. */
const EXCERPT = 160;

/** Says where a document matches: fields without a match are left out, of a long biography the part around the first one. */
export function highlight(document: Document, question: Question): Highlights {
  const highlights: Highlights = {};
  for (const field of ['name', 'title', 'team', 'city', 'bio'] as const) {
    const fragments = fragmentsOf(document[field], question);
    if (fragments.some(({ match }) => match)) highlights[field] = field === 'bio' ? excerpt(fragments) : fragments;
  }
  const skills = document.skills.map((skill) => fragmentsOf(skill, question));
  if (skills.flat().some(({ match }) => match)) highlights.skills = skills;
  return highlights;
}

function fragmentsOf(text: string, question: Question): Fragment[] {
  const fragments: Fragment[] = [];
  let done = 0;
  for (const token of tokensOf(text)) {
    const length = matchedLength(text.slice(token.start, token.end), token.words, question);
    if (length === 0) continue;
    if (token.start > done) fragments.push({ text: text.slice(done, token.start), match: false });
    done = token.start + length;
    fragments.push({ text: text.slice(token.start, done), match: true });
  }
  if (done < text.length) fragments.push({ text: text.slice(done), match: false });
  return fragments;
}

/** How much of a token was looked for: its beginning, as it was typed, or all of it where the typing was corrected. */
function matchedLength(token: string, words: readonly string[], { words: asked, corrections }: Question): number {
  const typed = asked.filter((word) => words.some((known) => known.startsWith(word)));
  // Half of signs that are joined would be drawn as others.
  if (typed.length > 0 && isEmoji(token)) return token.length;
  if (typed.length > 0) return lengthOfBeginning(token, Math.max(...typed.map((word) => word.length)));
  const meant = corrections.flat();
  return words.some((word) => meant.some((term) => fits(word, term))) ? token.length : 0;
}

function fits(word: string, { word: meant, beginning }: Term): boolean {
  return beginning ? word.startsWith(meant) : word === meant;
}

/** The code units of a token that fold into so many, with the marks that follow. */
function lengthOfBeginning(token: string, folded: number): number {
  let length = 0;
  let soFar = 0;
  for (const letter of token) {
    const width = fold(letter).length;
    if (soFar >= folded && width > 0) break;
    soFar += width;
    length += letter.length;
  }
  return length;
}

function excerpt(fragments: readonly Fragment[]): Fragment[] {
  const first = fragments.findIndex(({ match }) => match);
  const before = fragments[first - 1]?.text ?? '';
  const start = Math.max(0, before.length - EXCERPT / 4);
  const lead = start > 0 ? `…${before.slice(beginningOfWord(before, start))}` : before;
  const pieces = lead ? [{ text: lead, match: false }] : [];
  let room = EXCERPT - lead.length;
  for (const { text, match } of fragments.slice(first)) {
    if (room <= 0) break;
    const fits = text.length <= room;
    pieces.push({ text: fits ? text : `${text.slice(0, endOfWord(text, room))}…`, match });
    room -= text.length;
  }
  return pieces;
}

/** Cuts between words where there is a space near, and never through a surrogate pair. */
function beginningOfWord(text: string, at: number): number {
  const space = text.indexOf(' ', at);
  if (space >= 0) return space + 1;
  return isLowSurrogate(text, at) ? at + 1 : at;
}

function endOfWord(text: string, at: number): number {
  const space = text.lastIndexOf(' ', at);
  if (space > 0) return space;
  return isLowSurrogate(text, at) ? at - 1 : at;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
