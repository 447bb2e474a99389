import { expect, test } from 'vitest';
import { chooseTarget, type Target } from './traffic.ts';

const targets: readonly Target[] = [
  { revision: 'a', percent: 0, tag: 'canary' },
  { revision: 'b', percent: 30 },
  { revision: 'c', percent: 70, tag: 'stable' },
];
const at = (chance: number, tag?: string) => chooseTarget(targets, tag, () => chance)?.revision;

test('a tag reaches its revision, whatever its share', () => {
  for (const chance of [0, 0.5, 0.999]) {
    expect(at(chance, 'canary')).toBe('a');
    expect(at(chance, 'stable')).toBe('c');
  }
});

test('without a tag, or with one that there is not, shares decide, and none is nobody’s', () => {
  for (const tag of [undefined, 'gone', '']) {
    expect(at(0, tag)).toBe('b');
    expect(at(0.299, tag)).toBe('b');
    expect(at(0.3, tag)).toBe('c');
    expect(at(0.999, tag)).toBe('c');
  }
});

test('one target takes all; none, and shares of nothing, are nobody’s', () => {
  expect(chooseTarget([{ revision: 'a', percent: 0 }], undefined)?.revision).toBe('a');
  expect(chooseTarget([], undefined)).toBe(undefined);
  const nothing = { revision: 'a', percent: 0 };
  expect(chooseTarget([nothing, nothing], undefined)).toBe(undefined);
});
