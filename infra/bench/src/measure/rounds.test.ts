import { describe, expect, test } from 'vitest';
import { interleave } from './rounds.ts';

const plan = { rounds: 2, milliseconds: 5, warmUpMilliseconds: 9 };

describe('interleave', () => {
  test('warms all up, then measures them in turn, there and back', async () => {
    const order: string[] = [];
    const measureOf = (subject: string) => async (milliseconds: number) => order.push(`${subject}${milliseconds}`);
    const samples = await interleave(['A', 'B'], measureOf, plan, () => {});
    expect(order).toEqual(['A9', 'B9', 'A5', 'B5', 'B5', 'A5']);
    expect(Object.fromEntries(samples)).toEqual({ A: [3, 6], B: [4, 5] });
  });

  test('copies are warmed up and measured one after the other', async () => {
    const order: string[] = [];
    const measureOf = (subject: string) => async (milliseconds: number, copy: number) =>
      order.push(`${subject}${milliseconds}@${copy}`);
    const told: string[] = [];
    await interleave(['A', 'B'], measureOf, { ...plan, copies: 2 }, (done, of) => told.push(`${done}/${of}`));
    expect(order.slice(0, 6)).toEqual(['A9@0', 'B9@0', 'A5@0', 'B5@0', 'B5@0', 'A5@0']);
    expect(order.slice(6)).toEqual(['A9@1', 'B9@1', 'A5@1', 'B5@1', 'B5@1', 'A5@1']);
    expect(told).toEqual(['0/4', '1/4', '2/4', '3/4', '4/4']);
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
