import { expect, test } from 'vitest';
import { mutate } from './mutate.ts';

const file = 'infra/mutants/src/testing/limit.ts';

test('what no test notices is alive, what one does is killed, and so is a function that none calls alive', async () => {
  const mutants = await mutate(file, ['infra/mutants/src/testing/*.proof.ts']);
  const alive = mutants.filter((mutant) => mutant.alive).map(({ becomes }) => becomes);
  expect(alive.sort()).toEqual([
    'export function isMany(count: number): boolean {}',
    'return count > 0 && count <= MOST;',
    'return isFew(count);',
    'return true && count <= MOST;',
  ]);
  expect(mutants.filter((mutant) => !mutant.alive).map(({ becomes }) => becomes)).toEqual(
    expect.arrayContaining([
      'export const UNIT = "";',
      'return count >= 0 && count < MOST;',
      'return count < 0 && count <= MOST;',
    ]),
  );
}, 120_000);

test('a sample breaks the drawn lines alone', async () => {
  const mutants = await mutate(file, ['infra/mutants/src/testing/*.proof.ts'], [{ from: 10, to: 10 }]);
  expect([...new Set(mutants.map(({ line }) => line))]).toEqual([10]);
}, 120_000);
