import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Requirements } from './requirements/requirement.ts';
import { areas, requirements } from './requirements.ts';

const here = new URL('.', import.meta.url);
const cited = readdirSync(here, { encoding: 'utf8', recursive: true })
  .filter((file) => file.endsWith('.contract.test.ts'))
  .flatMap((file) => [...readFileSync(new URL(file, here), 'utf8').matchAll(/verifies\(\s*'([^']+)'/g)])
  .map((match) => match[1]);

test('every fact of the manifest is cited by a test', () => {
  const count = (name: string, facts: Requirements) => {
    const ids = Object.keys(facts);
    const differing = Object.values(facts).filter(({ differs }) => differs !== undefined).length;
    const proofs = cited.filter((id) => id !== undefined && ids.includes(id)).length;
    const known = differing === 0 ? '' : `, ${differing} of them known differences`;
    return `${name}: ${ids.length} facts, ${ids.filter((id) => cited.includes(id)).length} cited by ${proofs} tests${known}`;
  };
  console.log([...Object.entries(areas).map((area) => count(...area)), count('in all', requirements)].join('\n'));
  expect(Object.keys(requirements).filter((id) => !cited.includes(id))).toEqual([]);
});

test('every cited fact is in the manifest', () => {
  expect(cited.filter((id) => id === undefined || !Object.hasOwn(requirements, id))).toEqual([]);
});

test('no fact is listed in two areas', () => {
  expect(Object.keys(requirements)).toHaveLength(Object.values(areas).flatMap((facts) => Object.keys(facts)).length);
});
