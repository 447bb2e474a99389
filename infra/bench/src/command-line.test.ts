import { afterEach, describe, expect, test, vi } from 'vitest';
import { readArguments } from './command-line.ts';

const benches = ['gate', 'inbound'];
const exit = (code: number): never => {
  throw new Error(`exit ${code}`);
};

afterEach(() => vi.restoreAllMocks());

describe('readArguments', () => {
  test('runs everything and prints tables when nothing is said', () => {
    expect(readArguments([], benches, exit)).toEqual({ json: false, only: undefined });
  });

  test('reads --json and --only', () => {
    expect(readArguments(['--json', '--only', 'gate'], benches, exit)).toEqual({ json: true, only: 'gate' });
  });

  test.each([
    [['--only', 'nothing'], /gate, inbound/],
    [['--only'], /argument missing/],
    [['--jsn'], /unknown option/],
    [['gate'], /too many arguments/],
  ])('refuses %j with exit code 2', (argv, message) => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(() => readArguments(argv, benches, exit)).toThrow('exit 2');
    expect(written.mock.calls.join('')).toMatch(message);
  });
});
