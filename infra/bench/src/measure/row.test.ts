import { describe, expect, test } from 'vitest';
import { type Subject, toRows } from './row.ts';

const comparison = { bench: 'inbound', unit: 'requests/s', better: 'higher' } as const;
const bare: Subject = { name: 'bare', baseline: 'bare' };

describe('toRows', () => {
  test('gives median, min, max and the ratio to the baseline', () => {
    const ours: Subject = { name: 'ours', baseline: 'bare', target: 0.85 };
    const samples = new Map([
      [bare, [1000, 1100, 900]],
      [ours, [890, 1012, 810]],
    ]);
    expect(toRows(comparison, samples)[1]).toEqual({
      bench: 'inbound',
      subject: 'ours',
      unit: 'requests/s',
      median: 890,
      min: 810,
      max: 1012,
      ratio: 0.9,
      baseline: 'bare',
      target: 0.85,
      met: true,
    });
  });

  test('a baseline is once itself and has no target to meet', () => {
    expect(toRows(comparison, new Map([[bare, [3, 1, 2]]]))).toMatchObject([{ ratio: 1, target: null, met: null }]);
  });

  test('a second baseline makes a second row of the same figures', () => {
    const header: Subject = { name: 'header', baseline: 'bare' };
    const ours: Subject = { name: 'ours', baseline: 'bare', target: 0.9, also: [{ baseline: 'header', target: 0.98 }] };
    const samples = new Map([
      [bare, [100]],
      [header, [90]],
      [ours, [90]],
    ]);
    expect(toRows(comparison, samples).slice(2)).toMatchObject([
      { subject: 'ours', baseline: 'bare', ratio: 0.9, target: 0.9, met: true },
      { subject: 'ours', baseline: 'header', ratio: 1, target: 0.98, met: true },
    ]);
  });

  test('a target missed by less than the digits shown is missed', () => {
    const ours: Subject = { name: 'ours', baseline: 'bare', target: 1 };
    const samples = new Map([
      [bare, [1_000_000]],
      [ours, [999_999]],
    ]);
    expect(toRows(comparison, samples)[1]).toMatchObject({ ratio: 1, met: false });
  });

  test('where less is better, half the time is twice as good', () => {
    const ours: Subject = { name: 'ours', baseline: 'bare', target: 2.5 };
    const samples = new Map([
      [bare, [100]],
      [ours, [50]],
    ]);
    expect(toRows({ ...comparison, better: 'lower' }, samples)[1]).toMatchObject({ ratio: 2, met: false });
  });

  test('refuses a baseline that is not measured', () => {
    const lone: Subject = { name: 'ours', baseline: 'gone' };
    expect(() => toRows(comparison, new Map([[lone, [1]]]))).toThrow('no baseline gone');
  });
});
