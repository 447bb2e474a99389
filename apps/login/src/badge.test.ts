import { expect, test } from 'vitest';
import { COLOURS, initialsOf, randomColour } from './badge.ts';

test.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Jean  Luc Picard ', 'JP'],
  ['élodie Ågren', 'ÉÅ'],
  ['😀 Smile', '😀S'],
  ['👩‍💻 Ada', '👩‍💻A'],
  ['🇩🇪 Team', '🇩🇪T'],
  ['E\u0301lodie A\u030agren', 'E\u0301A\u030a'],
  ['नमिता किरण', 'नकि'],
  ['', ''],
])('%j has the initials %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test('a newcomer gets one of the colours', () => {
  for (let time = 0; time < 100; time += 1) expect(COLOURS).toContain(randomColour());
});
