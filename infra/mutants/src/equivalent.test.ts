import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Equivalent, isListed, killedAfterAll, neverMet, readEquivalents } from './equivalent.ts';
import type { Mutant } from './mutant.ts';
import { root } from './mutate.ts';
import { targets } from './targets.ts';

const one: Equivalent = { file: 'a.ts', is: 'a > 1', becomes: 'a >= 1', because: 'a is never 1' };
const mutant: Mutant = { file: 'a.ts', line: 7, alive: true, is: 'a > 1', becomes: 'a >= 1' };

describe('a listed mutant', () => {
  test('is known again by its file and its code, wherever it stands', () => {
    expect(isListed({ ...mutant, line: 70 }, [one])).toBe(true);
    for (const other of [{ file: 'b.ts' }, { is: 'b > 1' }, { becomes: 'true' }])
      expect(isListed({ ...mutant, ...other }, [one])).toBe(false);
  });

  test('that a test kills is told, unless another of the same code lives', () => {
    expect(killedAfterAll([one], [{ ...mutant, alive: false }])).toEqual([one]);
    expect(killedAfterAll([one], [{ ...mutant, alive: false }, mutant])).toEqual([]);
    expect(killedAfterAll([one], [])).toEqual([]);
  });

  test('whose code is gone is told, when its file was broken', () => {
    expect(neverMet([one], [{ ...mutant, is: 'b > 1' }])).toEqual([one]);
    expect(neverMet([one], [mutant])).toEqual([]);
    expect(neverMet([one], [{ ...mutant, file: 'b.ts' }])).toEqual([]);
  });
});

describe('the list', () => {
  const equivalents = readEquivalents();

  test('names files that are broken, code that is there, and a reason, once', () => {
    for (const { file, is, becomes, because } of equivalents) {
      expect(Object.keys(targets)).toContain(file);
      const code = readFileSync(join(root, file), 'utf8');
      for (const line of is.split(' … ')) expect(code.replace(/\s+/g, ' ')).toContain(line);
      expect(becomes).not.toBe(is);
      expect(because).toMatch(/\w+ \w+ \w+/);
    }
    const keys = equivalents.map(({ file, is, becomes }) => JSON.stringify([file, is, becomes]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('stands beside targets that are there, and so are their tests', () => {
    for (const [file, tests] of Object.entries(targets)) {
      expect(existsSync(join(root, file)), file).toBe(true);
      for (const test of tests) expect(globSync(test, { cwd: root }), test).not.toEqual([]);
    }
  });
});
