import { describe, expect, test } from 'vitest';
import { interleave } from './rounds.ts';

const plan = { rounds: 2, milliseconds: 5, warmUpMilliseconds: 9 };

describe('interleave', () => {
  test('warms all up, then measures them in turn', async () => {
    const order: string[] = [];
    const measureOf = (subject: string) => async (milliseconds: number) => order.push(`${subject}${milliseconds}`);
    const samples = await interleave(['A', 'B'], measureOf, plan, () => {});
    expect(order).toEqual(['A9', 'B9', 'A5', 'B5', 'A5', 'B5']);
    expect(Object.fromEntries(samples)).toEqual({ A: [3, 5], B: [4, 6] });
  });

  test('one failure fails all: half a comparison is none', async () => {
    const measureOf = (subject: string) => () =>
      subject === 'B' ? Promise.reject(new Error('503')) : Promise.resolve(1);
    await expect(interleave(['A', 'B'], measureOf, plan, () => {})).rejects.toThrow('503');
  });

  test('tells how far it is', async () => {
    const told: number[] = [];
    await interleave(
      ['A'],
      () => async () => 1,
      plan,
      (done) => told.push(done),
    );
    expect(told).toEqual([0, 1, 2]);
  });
});
