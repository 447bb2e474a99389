import { describe, expect, test } from 'vitest';
import { decodeSegment, isCanonical, splitCompact } from './compact.ts';

describe('a compact token', () => {
  test('has three segments', () => {
    expect(splitCompact('aZ-_09.bB.cC')).toEqual({ header: 'aZ-_09', payload: 'bB', signature: 'cC' });
  });

  test.each([
    '',
    'a',
    'a.b',
    'a.b.',
    '.b.c',
    'a..c',
    'a.b.c.d',
    'a.b.c=',
    'a+.b.c',
    'a.b/.c',
    ' a.b.c',
    'a.b.c\n',
    'a.b.cé',
  ])('%j is none', (text) => {
    expect(splitCompact(text)).toBeUndefined();
  });
});

describe('a segment', () => {
  test('of any bytes is canonical as it is encoded, and with no other last character', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    for (let byte = 0; byte < 256; byte++)
      for (const length of [1, 2, 3, 4]) {
        const bytes = Buffer.alloc(length, byte);
        const text = bytes.toString('base64url');
        expect(isCanonical(text), text).toBe(true);
        for (const last of alphabet) {
          const other = text.slice(0, -1) + last;
          const same = Buffer.from(other, 'base64url').equals(bytes);
          if (same) expect(isCanonical(other), other).toBe(other === text);
        }
      }
  });

  test.each(['a', 'abcde', 'A', 'AAAAA', 'AAAAAAAAE'])('%s is the encoding of nothing', (text) => {
    expect(isCanonical(text)).toBe(false);
  });

  test('is text when it is UTF-8', () => {
    expect(decodeSegment(Buffer.from('é{}').toString('base64url'))).toBe('é{}');
    expect(decodeSegment(Buffer.from([0xff, 0xfe]).toString('base64url'))).toBeUndefined();
    expect(decodeSegment('')).toBe('');
  });
});
