import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

const services = ['login', 'user-profiles', 'search'];

describe('nearest', () => {
  it.each([
    ['serch', 'search'],
    ['saerch', 'search'],
    ['Search', 'search'],
    ['searchh', 'search'],
    ['user_profiles', 'user-profiles'],
    ['userprofile', 'user-profiles'],
    ['lgoin', 'login'],
  ])('finds for %s what was meant', (word, meant) => {
    expect(nearest(word, services)).toBe(meant);
  });

  it.each(['', 'billing', 'sea', 'lo', 'profiles', 'x'.repeat(1_000_000)])('guesses nothing far-fetched', (word) => {
    expect(nearest(word, services)).toBeUndefined();
    expect(didYouMean(word, services)).toBeUndefined();
  });

  it('never proposes the word itself', () => {
    expect(nearest('search', ['search'])).toBeUndefined();
  });

  it('takes the nearest, and of two the first', () => {
    expect(nearest('searcj', ['seaxcx', 'search', 'searck'])).toBe('search');
  });
});
