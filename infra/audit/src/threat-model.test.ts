import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from './pnpm.ts';
import { count, gaps } from './threat-model.ts';

test('every row of docs/explanation/security.md names tests that are there', () => {
  const page = readFileSync(join(root, 'docs/explanation/security.md'), 'utf8');
  const { rows, links } = count(page);
  console.log(`docs/explanation/security.md: ${rows} rows, ${links} links to tests`);
  expect(gaps(page, join(root, 'docs/explanation'))).toEqual([]);
  expect(rows).toBeGreaterThan(50);
});

describe('a row', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-edges-threats-'));
    writeFileSync(
      join(folder, 'a.test.ts'),
      "test('it holds', f);\ntest.skip('later', f);\ntest.each([1])(\n  'each %i',\n  f,\n);\nverifies('gate:x', 'y', f);\nconst text = 'said';",
    );
    writeFileSync(join(folder, 'a.ts'), "test('it holds', f);");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const page = (cell: string) => `| what | by what | proof |\n|---|---|---|\n| an attack | a part | ${cell} |\n`;

  test.each(['[it holds](a.test.ts)', '[each %i](a.test.ts), [gate:x](a.test.ts)'])('with %s is proved', (cell) => {
    expect(gaps(page(cell), folder)).toEqual([]);
    expect(count(page(cell)).rows).toBe(1);
  });

  test.each([
    ['', 'it names no test'],
    ['it holds', 'it names no test'],
    ['[it holds](b.test.ts)', 'there is no b.test.ts'],
    ['[it holds](a.ts)', 'a.ts is no file of tests'],
    ['[it held](a.test.ts)', 'a.test.ts runs no test "it held"'],
    ['[later](a.test.ts)', 'a.test.ts runs no test "later"'],
    ['[said](a.test.ts)', 'a.test.ts runs no test "said"'],
    ['[it holds](a.test.ts), [it held](a.test.ts)', 'a.test.ts runs no test "it held"'],
  ])('with %j is told', (cell, why) => {
    expect(gaps(page(cell), folder)).toEqual([{ line: 3, row: 'an attack', why }]);
  });
});
