import type { JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';
import { attributeCondition } from '../pools/attribute-condition.ts';
import { conditionProblem, holdsIn, type RequestContext } from './conditions.ts';

const at = (path: string): RequestContext => ({
  request: { path, time: new Date('2026-11-23T12:00:00Z') },
  resource: {
    name: 'projects/p/locations/us-central1/services/search',
    type: 'run.googleapis.com/Service',
    service: 'run.googleapis.com',
  },
});

describe('a regular expression in a condition', () => {
  test.each([
    ['request.path.matches("^/a/[0-9]+$")', '/a/12', true],
    ['request.path.matches("^/a/[0-9]+$")', '/a/12/x', false],
    ['request.path.matches("secret")', '/a/secret/b', true],
    ['request.path.matches("(?i)^/SECRET$")', '/secret', true],
    ['request.path.matches("^/\\\\pL+$")', '/straße', true],
    ['!request.path.matches("^/internal/")', '/internal/x', false],
    ['request.path.split("/").exists(part, part.matches("^v[0-9]$"))', '/api/v1/x', true],
    ['["/a", "/b"].exists(start, request.path.startsWith(start))', '/b/c', true],
  ])('%s at %s: %s, as RE2 has it', (expression, path, holds) => {
    expect(conditionProblem(expression)).toBeUndefined();
    expect(holdsIn(expression, at(path))).toBe(holds);
  });

  // Each took a backtracking engine seconds to ages.
  test.each([
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '^(a+)+$',
    '^(a|a)*$',
    '^(.*)(.*)(.*)(.*)(.*)(.*)[0-9]$',
    '^(a?){30}a{30}$',
    '(x+x+)+y',
  ])('%s is decided in one pass over the longest path', (pattern) => {
    const expression = `request.path.matches("${pattern}") || true`;
    expect(conditionProblem(expression)).toBeUndefined();
    for (const path of ['a'.repeat(28), `${'a'.repeat(16_000)}!`, 'x'.repeat(16_000)])
      expect(holdsIn(expression, at(path))).toBe(true);
  });

  test.each([
    ['a look ahead', '"^(?=a)"'],
    ['a look behind', '"(?<!a)b"'],
    ['a back reference', '"(a)\\\\1"'],
    ['a set without end', '"["'],
    ['repetitions without number', '"(a{100}){100}"'],
    ['many repetitions', '"a{0,99}b{0,99}"'],
    ['a program too large', '"(?:(?:ab?){9}){40}"'],
    ['what the request says', 'request.path'],
    ['what is put together', '"a" + "b"'],
    ['no text', '1'],
  ])('with %s is none, and grants nothing', (_what, pattern) => {
    const expression = `request.path.matches(${pattern})`;
    expect(conditionProblem(expression)).toEqual(expect.any(String));
    expect(holdsIn(expression, at('/a'))).toBe(false);
  });

  test('cannot be asked for by the name that is put in its place', () => {
    expect(conditionProblem('request.path.matchesInLinearTime("a")')).toContain('no function');
  });
});

describe('an expression whose evaluation would not be bounded', () => {
  const list = `[${Array.from({ length: 60 }, (_, index) => index).join(',')}]`;
  test.each([
    `${list}.all(a, ${list}.all(b, a < b))`,
    `${list}.map(a, [a]).map(b, b + b).size() > 0`,
    `${list}.filter(a, a > 1).exists(b, b > 2)`,
    'cel.bind(x, request.path + request.path, x == "a")',
    'request.path.split("").join(request.path).size() > 3',
    'request.path.split("").exists(x, request.path.split("").size() > 3)',
    'request.path.split("").exists(x, request.path.contains(x))',
    'request.path.split("").exists(x, size(request.path) > 3)',
    'request.path.split("").exists(x, (request.path + x).startsWith("a"))',
    'duration(request.path) > duration("1s")',
    `duration("${'1'.repeat(1500)}") > duration("1s")`,
    `request.path.split("").exists(x, ${Array.from({ length: 60 }, () => 'x == "a"').join(' || ')})`,
    `[${Array.from({ length: 101 }, () => '1').join(',')}].size() > 1`,
    `${'!'.repeat(300)}true`,
    'bytes(request.path).json() == {}',
    'request.path.constructor("return process")() == 1',
  ])('%s is none, and grants nothing', (expression) => {
    expect(conditionProblem(expression)).toEqual(expect.any(String));
    expect(holdsIn(expression, at('a'.repeat(16_000)))).toBe(false);
  });

  test('a path that is longer than Google’s front ends take meets no condition', () => {
    expect(holdsIn('true', at('a'.repeat(16_384)))).toBe(true);
    expect(holdsIn('true', at('a'.repeat(16_385)))).toBe(false);
  });
});

describe('an attribute condition', () => {
  const admits = (expression: string, claims: JWTPayload) =>
    attributeCondition(expression)(claims, { subject: 'x', groups: undefined, attributes: {} });

  test('has the same regular expressions', () => {
    expect(admits('assertion.sub.matches("^repo:acme/")', { sub: 'repo:acme/app' })).toBe(true);
    expect(admits('assertion.sub.matches("^(([a-z])+.)+[A-Z]([a-z])+$")', { sub: 'a'.repeat(10_000) })).toBe(false);
    expect(admits('assertion.groups.exists(g, g.matches("^a"))', { groups: ['b', 'ab'] })).toBe(true);
  });

  test.each([
    'assertion.sub.matches("(?=a)")',
    'assertion.sub.matches(assertion.pattern)',
    'duration(assertion.sub) > duration("1s")',
  ])('%s is refused when it is written', (expression) => {
    expect(() => attributeCondition(expression)).toThrow(expect.objectContaining({ code: 'PROVIDERS_INVALID' }));
  });

  test('refuses claims that are larger than it looks at', () => {
    expect(admits('true', { groups: ['a'.repeat(16_000)] })).toBe(true);
    expect(admits('true', { groups: ['a'.repeat(17_000)] })).toBe(false);
  });
});
