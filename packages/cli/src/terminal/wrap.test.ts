import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrap } from './wrap.ts';

test.each([
  ['', 5, ''],
  ['short', 5, 'short'],
  ['two words', 5, 'two\nwords'],
  ['a verylongword b', 6, 'a\nverylo\nngword\nb'],
  ['abcdefgh', 4, 'abcd\nefgh'],
  ['a bc def', 4, 'a bc\ndef'],
])('%j in %d', (text, width, lines) => {
  expect(wrap(text, width)).toBe(lines);
});

test('no line is wider, and no word is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z:@/.-]{1,30}$/)), fc.integer({ min: 1, max: 20 }), (words, width) => {
      const lines = wrap(words.join(' '), width).split('\n');
      expect(lines.every((line) => line.length <= width)).toBe(true);
      expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
    }),
  );
});
