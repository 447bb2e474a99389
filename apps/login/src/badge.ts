/** The colours that a person may choose for the disc that stands for a photo; the stylesheet has a class for each. */
export const COLOURS = ['slate', 'blue', 'green', 'amber', 'plum', 'violet'] as const;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The letters on it: the first ones of the first and the last word of a name, each with all that makes it one sign. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const [first = '', last = ''] = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return [first, last]
    .map((word) => graphemes.segment(word).containing(0)?.segment ?? '')
    .join('')
    .toUpperCase();
}

/** The colour that somebody starts with: one by chance, so that a list of newcomers is not of one colour. */
export function randomColour(): string {
  return COLOURS[Math.floor(Math.random() * COLOURS.length)] ?? COLOURS[0];
}
