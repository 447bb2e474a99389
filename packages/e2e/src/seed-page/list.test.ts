import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../support/repository.ts';
import { PAGE, statements } from './statements.ts';

const folders = [import.meta.dirname, join(repository, 'packages', 'e2e', 'browser')];
const tests = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(?:test|spec)\.ts$/.test(name))
    .flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/\b(?:states|titleOf)\(\s*'([^']+)'/g)].map(
        ([, id = '']) => ({
          id,
          name,
        }),
      ),
    ),
);

test('every statement of the page is run by one test, and every such test is of a statement', () => {
  const entries = Object.entries(statements);
  const lines = entries.map(([id, { place, says }], index) => {
    const by = tests.filter((one) => one.id === id).map(({ name }) => name);
    const line = `    ${says} (${by.join(', ') || 'not run'})`;
    return place === entries[index - 1]?.[1].place ? line : `${place}\n${line}`;
  });
  console.log([`${lines.length} statements of ${PAGE}`, ...lines].join('\n'));
  expect(tests.map(({ id }) => id).sort()).toEqual(Object.keys(statements).sort());
});
