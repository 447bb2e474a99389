import { expect, test } from 'vitest';
import type { Term } from '../store/store.ts';
import { ada } from '../testing/people.ts';
import { type Fragment, highlight } from './highlight.ts';
import { askedWords } from './question.ts';

const nothing = { name: '', title: '', team: '', city: '', skills: [], bio: '' };
const asked = (text: string, corrections: Term[][] = []) => {
  const words = askedWords(text);
  return { words, known: words.map(() => true), corrections };
};
/** Fragments as text, matches in brackets. */
const marked = (fragments: Fragment[] = []) =>
  fragments.map(({ text, match }) => (match ? `[${text}]` : text)).join('');

test.each([
  ['ada', 'Ada Lovelace', '[Ada] Lovelace'],
  ['lovel ada', 'Ada Lovelace', '[Ada] [Lovel]ace'],
  ['zu', 'Zürich', '[Zü]rich'],
  ['zu', 'Zu\u0308rich', '[Zu\u0308]rich'],
  ['zurich', 'Zürich', '[Zürich]'],
  ['fi', 'ﬁn', '[ﬁ]n'],
  ['f', 'ﬁn', '[ﬁ]n'],
  ['a', 'A𝒜b', '[A]𝒜b'],
  ['b', '<b>bold</b>', '<[b]>[b]old</[b]>'],
  ['o reilly', "O'Reilly", "[O]'[Reilly]"],
  ['ad ada', 'Ada', '[Ada]'],
  ['🦀', 'Ferris 🦀🦀!', 'Ferris [🦀][🦀]!'],
  ['👩', 'Ada 👩🏽‍💻 ok', 'Ada [👩🏽‍💻] ok'],
  ['❤', 'I ❤️ C', 'I [❤️] C'],
])('%s in %s is %s', (text, name, expected) => {
  expect(marked(highlight({ ...nothing, name }, asked(text)).name)).toBe(expected);
});

test('the pieces of a field are its text, and fields without a match are not there', () => {
  const { name, skills, ...others } = highlight(ada, asked('love c'));
  expect(name?.map(({ text }) => text).join('')).toBe(ada.name);
  expect(skills?.map(marked)).toEqual(['TypeScript', '[C]++']);
  expect(others).toEqual({});
});

test('a corrected word is marked as a whole', () => {
  expect(marked(highlight(ada, asked('lovlace', [[{ word: 'lovelace', beginning: false }]])).name)).toBe(
    'Ada [Lovelace]',
  );
});

test('of a long biography the part around the first match is shown, cut between words', () => {
  const bio = `${'before '.repeat(100)}needle ${'after '.repeat(100)}`;
  const shown = marked(highlight({ ...nothing, bio }, asked('needle')).bio);
  expect(shown).toMatch(/^…(before )+\[needle\]( after)+…$/);
  expect(shown.length).toBeLessThan(170);
});

test('a match far behind the first is not waited for, and no surrogate pair is cut', () => {
  const bio = `${'😀'.repeat(300)} needle ${'😀'.repeat(300)} needle`;
  const pieces = highlight({ ...nothing, bio }, asked('needle')).bio ?? [];
  for (const { text } of pieces) expect(text.isWellFormed()).toBe(true);
  expect(pieces.filter(({ match }) => match)).toHaveLength(1);
});
