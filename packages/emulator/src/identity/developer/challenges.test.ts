import { expect, test } from 'vitest';
import { Challenges } from './challenges.ts';

test('a challenge is answered once, and one that was never made not at all', () => {
  const challenges = new Challenges();
  const [one, other] = [challenges.make(), challenges.make()];
  expect([one, other, one, 'made-up', ''].map((each) => challenges.take(each))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(new Challenges().take(challenges.make())).toBe(false);
});

test('those that nobody answers are not kept for ever: the oldest goes', () => {
  const challenges = new Challenges();
  const made = Array.from({ length: 1001 }, () => challenges.make());
  expect(new Set(made).size).toBe(1001);
  expect(challenges.take(made[0] ?? '')).toBe(false);
  expect(made.slice(1).every((one) => challenges.take(one))).toBe(true);
});
