import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { harmless } from './output.ts';

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,2}m`, 'g');
const sources = join(import.meta.dirname, '..');

test('colours and line breaks are left, and nothing else that steers', () => {
  expect(harmless('\u001b[31mred\u001b[39m\nnext')).toBe('\u001b[31mred\u001b[39m\nnext');
  expect(harmless('\u001b[2J \u001b]0;title\u0007 \u009b31m \r\t\u202e')).toBe(
    '\\u001b[2J \\u001b]0;title\\u0007 \\u009b31m \\u000d\\u0009\\u202e',
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const left = harmless(text).replaceAll('\n', '');
      expect(left.replaceAll(COLOUR, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('nothing is printed past it', () => {
  const files = globSync('**/*.ts', { cwd: sources, exclude: (name) => name.endsWith('.test.ts') });
  expect(files.length).toBeGreaterThan(50);
  const past = files.filter((file) =>
    /process\.std(?:out|err)\.write|console\.\w+\(/.test(readFileSync(join(sources, file), 'utf8')),
  );
  expect(past).toEqual([join('terminal', 'output.ts')]);
});
