import { expect, test } from 'vitest';
import { withBadge } from './badge.ts';

test.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Jean  Luc Picard ', 'JP'],
  ['élodie Ågren', 'ÉÅ'],
  ['😀 Smile', '😀S'],
  ['', ''],
])('%j has the initials %j', (name, initials) => {
  expect(withBadge({ id: 'a', name })).toMatchObject({ initials, tone: expect.any(Number) });
});

test('the tone belongs to the id and is one of six', () => {
  for (let number = 0; number < 100; number += 1) {
    const { tone } = withBadge({ id: `demo-${number}`, name: 'A' });
    expect([0, 1, 2, 3, 4, 5]).toContain(tone);
    expect(withBadge({ id: `demo-${number}`, name: 'B' }).tone).toBe(tone);
  }
});
