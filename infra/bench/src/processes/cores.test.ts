import { describe, expect, test } from 'vitest';
import { parseCoreList, shareCores } from './cores.ts';

describe('parseCoreList', () => {
  test('reads single cores and ranges', () => {
    expect(parseCoreList('0-2,5,8-9')).toEqual([0, 1, 2, 5, 8, 9]);
  });

  test.each(['', 'x', '3-1', '-'])('finds no core in %j', (list) => {
    expect(parseCoreList(list)).toEqual([]);
  });
});

describe('shareCores', () => {
  test('gives the last core to what is measured', () => {
    expect(shareCores([0, 1, 4])).toEqual({ subject: [4], helper: [0, 1] });
  });

  test.each([[[]], [[7]]])('does not share %j', (cores) => {
    expect(shareCores(cores)).toBeUndefined();
  });
});
