import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Outcome } from '../testing/polluted.ts';
import { VERIFIER_RULES } from './options.ts';

/** Some dependency lets a caller write into Object.prototype: bad enough, but no way in. */
test('whatever Object.prototype holds, nobody is let in who was refused', async () => {
  const program = new URL('../testing/polluted.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', program]);
  const outcomes: Outcome[] = JSON.parse(stdout);
  const tried = outcomes.reduce((sum, one) => sum + one.tried, 0);
  console.log(`Object.prototype: ${outcomes.length - 1} pollutions, ${tried} attempts`);
  expect(outcomes.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(tried).toBeGreaterThan(2_000);
  const names = outcomes.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...Object.keys(VERIFIER_RULES), 'callers', 'refusals', 'none']));
}, 120_000);
