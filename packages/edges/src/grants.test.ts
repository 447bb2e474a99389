import { describe, expect, it } from 'vitest';
import { ANONYMOUS, declaredCalls, invokersOf, mayCall, STRANGER } from './grants.ts';
import { parseDeclaration } from './parse-declaration.ts';

const directory = parseDeclaration(
  `services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [search] }
  search: {}
`,
  'infra/edges.yaml',
);

describe('mayCall', () => {
  it.each(['nobody', '', '__proto__', 'constructor', 'LOGIN'])('forbids everybody at the undeclared %j', (receiver) => {
    expect(mayCall(directory, 'login', receiver)).toBe(false);
  });

  it.each(['nobody', ANONYMOUS, STRANGER, '__proto__'])('lets %s in at a public service alone', (caller) => {
    expect(mayCall(directory, caller, 'login')).toBe(true);
    expect(mayCall(directory, caller, 'user-profiles')).toBe(false);
  });
});

describe('invokersOf', () => {
  it('names the services with a declared edge', () => {
    expect(invokersOf(directory, 'search')).toEqual(['user-profiles']);
  });

  it.each(['login', 'nobody'])('is empty for %s', (receiver) => {
    expect(invokersOf(directory, receiver)).toEqual([]);
  });
});

describe('declaredCalls', () => {
  it('names every call that is allowed, from outside too, whatever the order of the file', () => {
    const calls = ['anonymous login', 'login user-profiles', 'user-profiles search'];
    expect(declaredCalls(directory)).toEqual(calls);
    const turned =
      'services: { search: {}, user-profiles: { calls: [search] }, login: { calls: [user-profiles], public: true } }';
    expect(declaredCalls(parseDeclaration(turned, 'edges.yaml'))).toEqual(calls);
  });

  it('a call to a service that is public is one of its own', () => {
    const text = 'services: { front: { public: true }, back: { calls: [front] } }';
    expect(declaredCalls(parseDeclaration(text, 'edges.yaml'))).toEqual(['anonymous front', 'back front']);
  });
});
