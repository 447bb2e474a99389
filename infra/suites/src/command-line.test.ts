import { afterEach, expect, test, vi } from 'vitest';
import { readArguments } from './command-line.ts';

const exit = (code: number): never => {
  throw new Error(`exit ${code}`);
};

afterEach(() => vi.restoreAllMocks());

test.each([
  [[], {}, false],
  [['--all'], {}, true],
  [[], { CI: 'true' }, true],
  [[], { CI: '1' }, true],
  [['--all'], { CI: 'false' }, true],
  [[], { CI: 'false' }, false],
  [[], { CI: '' }, false],
])('%j with %j: everything is %s', (argv, env, all) => {
  expect(readArguments(argv, env, exit)).toEqual({ all });
});

test.each([['--al'], ['--al', '--all'], ['--no-all'], ['--all=yes'], ['-a'], ['packages/auth']])(
  'refuses %s with exit code 2, and says what there is',
  (...argv) => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(() => readArguments(argv, {}, exit)).toThrow('exit 2');
    expect(said.mock.calls.join('')).toContain('npm test -- --help says what there is');
  },
);

test('--help says how to run all, and a part', () => {
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(() => readArguments(['--help'], {}, exit)).toThrow('exit 0');
  expect(said.mock.calls.join('')).toMatch(/--all[\s\S]*vitest run/);
});
