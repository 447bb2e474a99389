import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { requirements } from './requirements.ts';

const here = new URL('.', import.meta.url);
const cited = readdirSync(here)
  .filter((file) => file.endsWith('.contract.test.ts'))
  .flatMap((file) => [...readFileSync(new URL(file, here), 'utf8').matchAll(/verifies\(\s*'([^']+)'/g)])
  .map((match) => match[1]);

test(`all ${Object.keys(requirements).length} facts of the manifest are cited by a test`, () => {
  expect(Object.keys(requirements).filter((id) => !cited.includes(id))).toEqual([]);
});

test('every cited fact is in the manifest', () => {
  expect(cited.filter((id) => id === undefined || !Object.hasOwn(requirements, id))).toEqual([]);
});
