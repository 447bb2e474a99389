import { describe, expect, test } from 'vitest';
import { createFaults } from './faults.ts';

describe('faults', () => {
  test('all are off, and nothing is told', () => {
    const told: string[][] = [];
    const faults = createFaults({}, (active) => told.push(active));
    expect(faults.active()).toEqual([]);
    expect(told).toEqual([]);
  });

  test('what is on is told, at the start and at each change', () => {
    const told: string[][] = [];
    const faults = createFaults({ certsDown: true }, (active) => told.push(active));
    faults.set({ metadataDelay: 50 });
    faults.set({ certsDown: false, metadataDelay: 0 });
    expect(told).toEqual([['certsDown=true'], ['metadataDelay=50', 'certsDown=true'], []]);
  });

  test.each<Record<string, unknown>>([
    { nonsense: 1 },
    { constructor: true },
    { metadataDelay: -1 },
    { metadataDelay: '5' },
    { metadataDelay: 1.5 },
    { metadataDelay: Number.NaN },
    { metadataDown: 1 },
    { clockSkew: 1e9 },
    { certsDown: true, policyDelay: null },
  ])('%j is refused and changes nothing', (change) => {
    const faults = createFaults({}, () => undefined);
    expect(() => faults.set(change)).toThrow(expect.objectContaining({ code: 'FAULT_INVALID' }));
    expect(faults.active()).toEqual([]);
  });
});
