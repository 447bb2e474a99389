/** Part of a text that letters, digits and marks make up, or one emoji, with the words that the index knows it by. */
export interface Token {
  /** Where it stands in the text, in UTF-16 code units. */
  start: number;
  end: number;
  /** Nearly always one; compatibility characters such as ½ hold two. */
  words: string[];
}

/** A flag, or signs that are joined to one. https://www.unicode.org/reports/tr51/#def_emoji_sequence */
const EMOJI =
  /\p{RI}\p{RI}|\p{Extended_Pictographic}(?:\p{EMod}|\ufe0e|\ufe0f)?(?:\u200d\p{Extended_Pictographic}(?:\p{EMod}|\ufe0e|\ufe0f)?)*/u;
const TOKEN = new RegExp(`[\\p{L}\\p{N}\\p{M}]+|${EMOJI.source}`, 'gu');
/** How an emoji is drawn and tinted: who looks for one finds all of these. */
const TINT = /(?:\p{EMod}|\ufe0e|\ufe0f)/gu;
/** What NFKD splits from Latin, Greek and Cyrillic letters; the marks of other scripts carry meaning. */
const DIACRITICS = /[\u0300-\u036f]/g;

/** Longer ones are cut: nobody types more, and an index entry stays small. */
const MAX_WORD_LENGTH = 40;

export function isEmoji(token: string): boolean {
  return EMOJI.test(token);
}

/** Text without case, accents, tints and compatibility forms, so that `zurich` finds Zürich. https://www.unicode.org/reports/tr15/ */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(DIACRITICS, '').replace(TINT, '').toLowerCase();
}

export function tokensOf(text: string): Token[] {
  return Array.from(text.matchAll(TOKEN), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
    words: foldedWords(match[0]),
  }));
}

/** The words of a text, folded. Both engines index these and are asked for these: the one place that takes text apart. */
export function wordsOf(text: string): string[] {
  return foldedWords(text);
}

/** Between letters, never through one of two code units. */
function cut(word: string): string {
  return word.length <= MAX_WORD_LENGTH ? word : [...word].slice(0, MAX_WORD_LENGTH).join('');
}

function foldedWords(text: string): string[] {
  return Array.from(fold(text).matchAll(TOKEN), ([word]) => cut(word));
}
