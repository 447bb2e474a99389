import { expect, test } from 'vitest';
import { readSpan } from './span.ts';

test.each([
  ['24h', 86_400],
  ['90s', 90],
  ['1h30m', 5400],
  ['7d', 604_800],
  ['0.5s', 0.5],
  ['0s', 0],
  [60, 60],
  [0, 0],
])('%s is %d seconds', (span, seconds) => {
  expect(readSpan(span)).toBe(seconds);
});

test.each([
  '',
  '24',
  'h',
  '-1h',
  '1 h',
  '24hours',
  '1h-',
  '1e3s',
  '400d',
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  `${'9'.repeat(12)}s`,
])('%s is none', (span) => {
  expect(() => readSpan(span)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }));
});
