import { describe, expect, test } from 'vitest';
import { conditionProblem, holdsIn, parseCondition, type RequestContext } from './conditions.ts';

const context: RequestContext = {
  request: { path: '/handleEvent', time: new Date('2026-11-23T12:00:00Z') },
  resource: {
    name: 'projects/p/locations/us-central1/services/search',
    type: 'run.googleapis.com/Service',
    service: 'run.googleapis.com',
  },
};

describe('conditions', () => {
  test.each([
    'request.path == "/handleEvent"',
    'request.path.startsWith("/handle") && request.time < timestamp("2027-01-01T00:00:00Z")',
    'request.time.getHours("Europe/Berlin") == 13',
    'request.time.getDayOfWeek("UTC") == 1',
    'resource.name.endsWith("/services/search") && resource.type == "run.googleapis.com/Service"',
    'resource.service == "run.googleapis.com"',
    'request.path in ["/a", "/handleEvent"]',
    'true',
  ])('holds: %s', (expression) => {
    expect(conditionProblem(expression)).toBeUndefined();
    expect(holdsIn(expression, context)).toBe(true);
  });

  test.each([
    'request.path == "/other"',
    'request.time > timestamp("2027-01-01T00:00:00Z")',
    'resource.type == "iam.googleapis.com/ServiceAccount"',
    'false',
  ])('does not hold: %s', (expression) => {
    expect(conditionProblem(expression)).toBeUndefined();
    expect(holdsIn(expression, context)).toBe(false);
  });

  test.each([
    '',
    'request.',
    'request.host == "a"',
    'request.path == 1',
    '"text"',
    'request.path',
    'nobody.knows',
    'timestamp("rubbish") < request.time && true &&',
    `request.path == "${'x'.repeat(3000)}"`,
    `${'('.repeat(400)}true${')'.repeat(400)}`,
    'constructor.constructor("return process")()',
    '__proto__ == null',
  ])('is no condition, and grants nothing: %s', (expression) => {
    expect(conditionProblem(expression)).toEqual(expect.any(String));
    expect(holdsIn(expression, context)).toBe(false);
  });

  const at = (path: string) => ({ ...context, request: { ...context.request, path } });

  test.each([
    '/search/../admin',
    '/search/./admin',
    '/search/..',
    '/search/.',
    '/search\\..\\admin',
    '/search%2f..%2Fadmin',
    '/search%5C..%5cadmin',
    '/search/%2e%2E/admin',
    '/search/.%2e',
    '/search/%2e/admin',
    '/./search/x',
  ])('a beginning of the path gives nothing away that is beyond it: %s', (path) => {
    expect(holdsIn('request.path.startsWith("/")', at(path))).toBe(false);
    expect(holdsIn('!request.path.startsWith("/admin")', at(path))).toBe(false);
    // What is compared as a whole is what it is.
    expect(holdsIn('request.path != "/admin"', at(path))).toBe(true);
  });

  test.each([
    '/search/x',
    '/search/...',
    '/search/.../x',
    '/search/.well-known',
    '/search/a..',
    '/search/a./b',
    '/.a',
    '/search..',
  ])('dots in names are nothing but that: %s', (path) => {
    expect(holdsIn('request.path.startsWith("/")', at(path))).toBe(true);
  });

  test('one that fails only when it is evaluated grants nothing', () => {
    expect(holdsIn('timestamp("rubbish") < request.time', context)).toBe(false);
  });
});

describe('the parts of a condition', () => {
  test('are those that it is written of', () => {
    const { op, args } = parseCondition('request.path == "/a" && true') ?? {};
    expect(op).toBe('&&');
    expect((args as { readonly op: string }[]).map((one) => one.op)).toEqual(['==', 'value']);
  });

  test.each(['', 'request.', 'nobody.knows', 'true &&', `${'('.repeat(400)}true${')'.repeat(400)}`])(
    'are none where it is no condition: %s',
    (expression) => expect(parseCondition(expression)).toBeUndefined(),
  );
});
