import { expect, test } from 'vitest';
import { backOff, readDuration, writeDuration } from './back-off.ts';

const waits = (of: Parameters<typeof backOff>[0], many: number) =>
  Array.from({ length: many }, (_, index) => backOff(of, index + 1));

test('doubles, then grows by the same amount, as Google’s example has it', () => {
  expect(waits({ min: 10, max: 300, doublings: 3 }, 9)).toEqual([10, 20, 40, 80, 160, 240, 300, 300, 300]);
});

test('without doublings grows by the same amount from the start', () => {
  expect(waits({ min: 10, max: 45, doublings: 0 }, 6)).toEqual([10, 20, 30, 40, 45, 45]);
});

test('with endless doublings stays a number, whatever retry it is', () => {
  expect(waits({ min: 100, max: 60_000, doublings: Number.POSITIVE_INFINITY }, 12)).toEqual([
    100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000,
  ]);
  expect(backOff({ min: 0, max: 0, doublings: Number.POSITIVE_INFINITY }, 5000)).toBe(0);
  expect(backOff({ min: 100, max: 60_000, doublings: 16 }, 1_000_000)).toBe(60_000);
});

test.each([
  ['10s', 10_000],
  ['0.1s', 100],
  ['0s', 0],
  ['-1s', -1000],
  ['3600s', 3_600_000],
])('%s is a duration', (text, milliseconds) => {
  expect(readDuration(text)).toBe(milliseconds);
  expect(writeDuration(milliseconds)).toBe(text);
});

test.each(['', '10', 's', '1m', ' 1s', '1s ', '1e3s', '0x1s', '1.s', '.5s', 'Infinitys', 10, null, undefined, {}, []])(
  '%o is none',
  (text) => {
    expect(readDuration(text)).toBeUndefined();
  },
);
