import { describe, expect, test } from 'vitest';
import { createPolicyStore } from '../policies/policy-store.ts';
import { conditionProblem, holdsIn, type RequestContext } from './conditions.ts';
import { excludesPaths } from './excluded-paths.ts';

const excluding = [
  'request.path != "/secret"',
  '"/secret" != request.path',
  'request["path"] != "/secret"',
  '!(request.path == "/secret")',
  '!request.path.startsWith("/secret")',
  '!request.path.matches("^/secret")',
  '!(request.path in ["/secret"])',
  'request.path.startsWith("/secret") == false',
  'true && (resource.type == "a" || request.path != "/secret")',
  'request.path == "/secret" ? false : true',
  '["/secret"].all(path, request.path != path)',
  '!!!(request.path == "/secret")',
  '(request.path == "/secret") != true',
];

describe('a condition that says which paths are not meant', () => {
  test.each(excluding)('is known: %s', (expression) => {
    expect(conditionProblem(expression)).toBeUndefined();
    expect(excludesPaths(expression)).toBe(true);
  });

  test.each([
    'request.path == "/a"',
    'request.path.startsWith("/a/")',
    'request.path in ["/a", "/b"]',
    '!!(request.path == "/a")',
    'request.path == "/a" && resource.name != "x"',
    '!(resource.type == "a") && request.path.matches("^/a")',
    'request.time < timestamp("2027-01-01T00:00:00Z")',
    'true',
    'no condition at all',
  ])('is not: %s', (expression) => {
    expect(excludesPaths(expression)).toBe(false);
  });

  test('is passed by a path that is written otherwise, which is why', () => {
    const at = (path: string): RequestContext => ({
      request: { path, time: new Date() },
      resource: { name: 'x', type: 'run.googleapis.com/Service', service: 'run.googleapis.com' },
    });
    expect(holdsIn('request.path != "/secret"', at('/secret'))).toBe(false);
    for (const path of ['/%73ecret', '/secret/', '//secret', '/./secret', '/Secret'])
      expect(holdsIn('request.path != "/secret"', at(path)), path).toBe(true);
  });

  test('is told when it is written, once, and not when it is refused', () => {
    const warnings: string[] = [];
    const store = createPolicyStore({ elapsed: () => 0, delay: () => 0, warn: (one) => warnings.push(one) });
    const grant = (expression: string) => {
      store.grant('services/search', 'roles/run.invoker', 'allUsers', { title: 'not secret', expression });
    };
    grant('request.path == "/a"');
    expect(warnings).toEqual([]);
    expect(() => grant('request.path != ')).toThrow();
    expect(warnings).toEqual([]);
    grant('request.path != "/secret"');
    expect(warnings).toEqual([
      expect.stringMatching(/"not secret".*services\/search.*request\.path != "\/secret".*not documented/),
    ]);
  });
});
