import { expect, test } from 'vitest';
import { makePeople, randomNumbers, withOneMistake } from './people.ts';

test('the same people for the same seed, few of whom share a name', () => {
  const people = [...makePeople(5_000, 1)];
  expect([...makePeople(5_000, 1)]).toEqual(people);
  expect(new Set(people.map(({ name }) => name)).size).toBeGreaterThan(4_900);
});

test('a mistake changes one word by at most one letter in length', () => {
  const random = randomNumbers(2);
  for (let round = 0; round < 500; round += 1) {
    const words = withOneMistake('Ada Lovelace', random).split(' ');
    expect(words).toHaveLength(2);
    expect(words.filter((word, at) => word !== ['Ada', 'Lovelace'][at])).toHaveLength(1);
  }
});
