import { describe, expect, it } from 'vitest';
import { edgePlaces } from './edge-places.ts';

const text = `# who may call whom
services:
  login: { public: true, calls: [user-profiles] }
  user-profiles:
    calls:
      - { to: search, paths: [/health/*] }
  search:
jobs:
  report: { calls: [search] }
external:
  payments: { url: https://payments.example.com }
`;

describe('the place of an edge', () => {
  it.each([
    ['login', 'user-profiles', 3, 34],
    ['user-profiles', 'search', 6, 9],
    ['report', 'search', 9, 21],
    // No edge: the caller, which would have it.
    ['login', 'search', 3, 3],
    ['search', 'login', 7, 3],
    ['report', 'payments', 9, 3],
    // Nobody that is declared: the receiver.
    ['anonymous', 'search', 7, 3],
    ['stranger', 'payments', 11, 3],
    ['anonymous', 'nobody', 1, 1],
    ['constructor', '__proto__', 1, 1],
  ])('%s -> %s is at %i:%i', (caller, receiver, line, column) => {
    expect(edgePlaces(text)(caller, receiver)).toEqual({ line, column });
  });

  it.each([
    '',
    '[]',
    'services: 7',
    'services: {login: {calls: 7}}',
    'services: [',
    '*a',
    'services: {login: {calls: [null, 7]}}',
  ])('is somewhere in whatever text: %j', (odd) => {
    const { line, column } = edgePlaces(odd)('login', 'search');
    expect([line, column].every((one) => one >= 1)).toBe(true);
  });
});
