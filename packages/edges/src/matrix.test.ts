import { describe, expect, it } from 'vitest';
import { ANONYMOUS, mayCall, STRANGER } from './grants.ts';
import { matrix } from './matrix.ts';
import { parseDeclaration } from './parse-declaration.ts';

const directory = parseDeclaration(
  `services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [search] }
  search: {}
`,
  'infra/edges.yaml',
);

function cell(caller: string, receiver: string) {
  return matrix(directory).find((each) => each.caller === caller && each.receiver === receiver)!;
}

describe('matrix', () => {
  it('has every caller at every receiver, row by row', () => {
    const pairs = matrix(directory).map(({ caller, receiver }) => `${caller} ${receiver}`);
    const receivers = ['login', 'user-profiles', 'search'];
    const callers = [ANONYMOUS, ...receivers, STRANGER];
    expect(pairs).toEqual(callers.flatMap((caller) => receivers.map((receiver) => `${caller} ${receiver}`)));
  });

  it.each([
    ['login', 'user-profiles', 'declared: login calls user-profiles'],
    ['user-profiles', 'search', 'declared: user-profiles calls search'],
    ['anonymous', 'login', 'login is public: allUsers may invoke it'],
    ['stranger', 'login', 'login is public: allUsers may invoke it'],
    ['login', 'login', 'login is public: allUsers may invoke it'],
  ])('allows %s at %s', (caller, receiver, reason) => {
    expect(cell(caller, receiver)).toEqual({ caller, receiver, expected: 'allowed', reason });
  });

  it.each([
    ['login', 'search', 'not declared: login does not call search'],
    ['search', 'user-profiles', 'not declared: search does not call user-profiles'],
    ['user-profiles', 'user-profiles', 'not declared: user-profiles does not call itself'],
    ['search', 'search', 'not declared: search does not call itself'],
    ['anonymous', 'user-profiles', 'no identity: user-profiles is not public'],
    ['anonymous', 'search', 'no identity: search is not public'],
    ['stranger', 'user-profiles', 'not declared: no edge names this service account'],
    ['stranger', 'search', 'not declared: no edge names this service account'],
  ])('forbids %s at %s', (caller, receiver, reason) => {
    expect(cell(caller, receiver)).toEqual({ caller, receiver, expected: 'forbidden', reason });
  });

  it('is not transitive: login reaches search through nobody', () => {
    expect(mayCall(directory, 'login', 'search')).toBe(false);
  });
});
