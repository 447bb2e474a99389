import { afterEach, expect, test, vi } from 'vitest';
import { readArguments } from './command-line.ts';

const files = ['a.ts', 'b.ts'];
const exit = (code: number): never => {
  throw new Error(`exit ${code}`);
};

afterEach(() => vi.restoreAllMocks());

test('everything is broken when nothing is said', () => {
  expect(readArguments([], files, exit)).toMatchObject({ only: [], sample: undefined, seed: expect.any(Number) });
});

test('reads files, a sample and its seed', () => {
  const args = ['--only', 'a.ts', 'b.ts', '--sample', '3', '--seed', '7'];
  expect(readArguments(args, files, exit)).toEqual({ only: files, sample: 3, seed: 7 });
});

test.each([['--only', 'c.ts'], ['--only'], ['--sample', 'many'], ['--sample', '-1'], ['--seed', '1.5'], ['a.ts']])(
  'refuses %s %s with exit code 2',
  (...argv) => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(() => readArguments(argv, files, exit)).toThrow('exit 2');
  },
);
