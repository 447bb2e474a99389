import { describe, expect, test } from 'vitest';
import type { Row } from '../measure/row.ts';
import { renderTables } from './table.ts';

const bare: Row = {
  bench: 'inbound',
  subject: 'bare',
  unit: 'requests/s',
  median: 41_230,
  min: 39_000,
  max: 43_000,
  ratio: 1,
  baseline: 'bare',
  target: null,
  met: null,
};
const ours: Row = { ...bare, subject: 'ours', median: 36_900, ratio: 0.895, target: 0.85, met: true };

const lineOf = (text: string, subject: string) => text.split('\n').find((line) => line.includes(` ${subject} `)) ?? '';

describe('renderTables', () => {
  test('gives figures, ratio, baseline, target and verdict', () => {
    const cells = lineOf(renderTables('Inbound', [bare, ours]), 'ours')
      .split('│')
      .map((cell) => cell.trim());
    expect(cells).toEqual(['', 'ours', '36,900', '39,000', '43,000', '0.90', 'bare', '>= 0.85', 'yes', '']);
  });

  test('says no when a target is missed, and nothing where there is none', () => {
    const text = renderTables('Inbound', [bare, { ...ours, met: false }]);
    expect(lineOf(text, 'ours')).toContain(' no ');
    expect(lineOf(text, 'bare')).not.toMatch(/yes|no|>=/);
  });

  test('keeps units apart', () => {
    const text = renderTables('Inbound', [bare, { ...bare, subject: 'first', unit: 'ms', median: 0.35 }]);
    expect(text.match(/┌/g)).toHaveLength(2);
    expect(lineOf(text, 'first')).toContain('0.35');
  });
});
