import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, shellWord } from './text.ts';

/** Texts that mean harm more often than chance would have it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\r',
        '\t',
        '\0',
        '\x1b[2J',
        '\x1b]0;title\x07',
        '\x9b31m',
        '\x7f',
        '\u202e',
        '\u2028',
        '\u2029',
        '\u200b',
        '\u2066',
        '\ufeff',
        '\u{e0041}',
        '\ud800',
        "'",
        '"',
        '`',
        '$(',
        '${',
        ')',
        '\\',
        ';',
        '&',
        '|',
        '!',
        '~',
        '=',
        '#',
        '--',
        ' ',
        '*',
        '%',
        '%s',
        '\\n',
        'ü',
        '🙂',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('printable', () => {
  test.each([
    ['\x1b[31mred', '\\u001b[31mred'],
    ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
    ['\x9b2J', '\\u009b2J'],
    ['user\u202egpj.exe', 'user\\u202egpj.exe'],
    ['a\u2028b', 'a\\u2028b'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800!', '\\ud800!'],
    ['Zoë, 日本, 🙂', 'Zoë, 日本, 🙂'],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('is one line that steers nothing, whatever is in it, and JSON stays the same JSON', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
      }),
    );
  });

  test('shows no more than it is asked to', () => {
    expect(printable('a'.repeat(1e6), { atMost: 5 })).toBe('aaaaa...');
  });
});

describe('shellWord', () => {
  test.each([
    ['--member=serviceAccount:a@b.iam.gserviceaccount.com', '--member=serviceAccount:a@b.iam.gserviceaccount.com'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$HOME', "'$HOME'"],
    ['~', "'~'"],
    ['=ls', "'=ls'"],
    ['\x1b[2J', "\"$(printf '\\033')\"'[2J'"],
  ])('%j is %s', (word, shown) => {
    expect(shellWord(word)).toBe(shown);
  });

  test('every shell of this machine reads back what was quoted, and runs nothing of it', () => {
    // One process reads many words: starting one is slow.
    const words = fc.array(hostile, { minLength: 200, maxLength: 200 });
    for (const shell of ['sh', 'bash', 'dash', 'zsh'].filter(isThere))
      fc.assert(
        fc.property(words, (many) => {
          const script = `printf '%s\\0' ${many.map(shellWord).join(' ')}`;
          const read = execFileSync(shell, ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
          expect(read).toEqual(many.map((word) => word.toWellFormed().replaceAll('\0', '\ufffd')));
        }),
        { numRuns: 3 },
      );
  });

  test('steers no terminal but by line breaks', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(shellWord(text).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

function isThere(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
