import { matrix, parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { renderDifferences, renderMatrix } from './render-matrix.ts';
import type { Tried } from './try-matrix.ts';

const LONGEST_NAME = `checkout-store-${'x'.repeat(34)}`;

/** Services in a row, each of which calls the next; every verdict as declared. */
function triedIn(names: readonly string[]): Tried[] {
  const lines = names.map((name, at) => {
    const next = names[at + 1];
    return `  ${name}: { serviceAccount: account-${at}${next === undefined ? '' : `, calls: [${next}]`} }`;
  });
  return matrix(parseDeclaration(`services:\n${lines.join('\n')}\n`, 'edges.yaml')).map((cell) => ({
    ...cell,
    actual: cell.expected,
    status: cell.expected === 'allowed' ? 200 : 403,
  }));
}

const forty = Array.from({ length: 40 }, (_, at) => (at === 15 ? LONGEST_NAME : `service-${at + 1}`));
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
const rowOf = (text: string, name: string) => text.split('\n').find((line) => line.includes(` ${name} `)) ?? '';
const marksIn = (line: string) => line.replaceAll(/[^✓·✗]/g, '');

describe('a matrix that fits', () => {
  test('has words', () => {
    expect(renderMatrix(triedIn(['a', 'b']), 150)).toBe(
      [
        '┌───────────────────┬───────────────┬───────────────┐',
        '│ caller \\ receiver │ a             │ b             │',
        '├───────────────────┼───────────────┼───────────────┤',
        '│ anonymous         │ 403 forbidden │ 403 forbidden │',
        '├───────────────────┼───────────────┼───────────────┤',
        '│ a                 │ 403 forbidden │ 200 allowed   │',
        '├───────────────────┼───────────────┼───────────────┤',
        '│ b                 │ 403 forbidden │ 403 forbidden │',
        '├───────────────────┼───────────────┼───────────────┤',
        '│ stranger          │ 403 forbidden │ 403 forbidden │',
        '└───────────────────┴───────────────┴───────────────┘',
        'All 8 verdicts are as declared.',
      ].join('\n'),
    );
  });

  test('has them up to its last column', () => {
    const tried = triedIn(['a', 'b']);
    expect(renderMatrix(tried, 53)).toContain('200 allowed');
    expect(renderMatrix(tried, 52)).not.toContain('200 allowed');
  });
});

describe('a matrix of forty services', () => {
  const tried = triedIn(forty);
  const text = renderMatrix(tried, 150);

  test('fits 150 columns, every name whole', () => {
    expect(widest(text)).toBeLessThanOrEqual(150);
    for (const name of forty) expect(rowOf(text, name), name).not.toBe('');
    expect(text).toMatch(/All 1680 verdicts are as declared\.$/);
  });

  test('has a mark in the column of each receiver', () => {
    for (const [at, name] of forty.entries())
      expect(marksIn(rowOf(text, name)), name).toBe(forty.map((_, column) => (column === at + 1 ? '✓' : '·')).join(''));
    expect(marksIn(rowOf(text, 'stranger'))).toBe('·'.repeat(40));
  });

  test('numbers the columns from top to bottom as it numbers the rows', () => {
    const [, tens = '', ones = ''] = text.split('\n');
    const row = rowOf(text, 'service-23');
    expect(row).toMatch(/^│ 23 service-23 /);
    // service-23 calls service-24.
    const at = row.indexOf('✓');
    expect([tens[at], ones[at]]).toEqual(['2', '4']);
  });

  test.each([120, 80, 60])('fits a terminal of %i columns: what is too wide stands below', (width) => {
    const narrow = renderMatrix(tried, width);
    expect(widest(narrow.replaceAll(/^✓.*$/gm, ''))).toBeLessThanOrEqual(width);
    const rows = narrow.split('\n').filter((line) => line.includes(' service-23 '));
    expect(rows.length).toBeGreaterThan(1);
    expect(marksIn(rows.join('')).indexOf('✓')).toBe(23);
  });

  test('has no colour where nobody sees it', () => {
    expect(text).not.toContain('\u001b');
  });

  test('says first what differs, and marks it', () => {
    const changed = tried.map((one) =>
      one.caller === 'service-23' && one.receiver === 'service-7'
        ? { ...one, actual: 'allowed' as const, status: 200, reason: 'the policy\nlets it in' }
        : one,
    );
    const [first, second, third, ...rest] = renderMatrix(changed, 150).split('\n');
    expect(first).toBe('1 of 1680 verdicts differ from the declaration:');
    expect(second).toBe('  service-23 -> service-7: 200 allowed, declared forbidden (the policy\\u000alets it in)');
    expect(third).toBe('');
    expect(marksIn(rowOf(rest.join('\n'), 'service-23')).indexOf('✗')).toBe(6);
    expect(rest.at(-1)).toBe('1 of 1680 verdicts differ from the declaration.');
  });

  test('names a receiver that calls nobody below, by its number', () => {
    const payments = tried.slice(0, 1).map((one) => ({ ...one, receiver: 'payments' }));
    expect(renderMatrix([...tried, ...payments], 150)).toContain('\n41 payments\n');
  });
});

test('the differences alone have no table', () => {
  const [first, ...others] = triedIn(['a', 'b']);
  expect(renderDifferences(others)).toBe('All 7 verdicts are as declared.');
  const broken = { ...(first as Tried), actual: 'unclear' as const, status: 503 };
  expect(renderDifferences([broken, ...others]).split('\n')).toEqual([
    '1 of 8 verdicts differ from the declaration:',
    '  anonymous -> a: 503 unclear, declared forbidden (no identity: a is not public)',
  ]);
});
