import { describe, expect, it } from 'vitest';
import { conditionOf, examplePath, isOver, limitText } from './limits.ts';

describe('what an edge is limited to', () => {
  it.each([
    [{ paths: ['/a'] }, 'run-edges: limited paths', 'request.path == "/a"', '/a'],
    [{ paths: ['/a/*'] }, 'run-edges: limited paths', 'request.path.startsWith("/a/")', '/a/'],
    [
      { paths: ['/a/*', '/b'] },
      'run-edges: limited paths',
      'request.path.startsWith("/a/") || request.path == "/b"',
      '/a/',
    ],
    [
      { paths: [], until: '2028-02-28' },
      'run-edges: until 2028-02-28',
      'request.time < timestamp("2028-02-29T00:00:00Z")',
      undefined,
    ],
    [
      { paths: ['/a'], until: '2027-12-31' },
      'run-edges: limited paths until 2027-12-31',
      'request.path == "/a" && request.time < timestamp("2028-01-01T00:00:00Z")',
      '/a',
    ],
    [
      { paths: ['/a', '/b'], until: '2999-12-31' },
      'run-edges: limited paths until 2999-12-31',
      '(request.path == "/a" || request.path == "/b") && request.time < timestamp("3000-01-01T00:00:00Z")',
      '/a',
    ],
  ])('%j is a condition', (limit, title, expression, path) => {
    expect(conditionOf(limit)).toEqual({ title, expression });
    // gcloud's --condition takes its parts apart at commas.
    expect(`${title}${expression}`).not.toContain(',');
    expect(title.length).toBeLessThanOrEqual(100);
    expect(examplePath(limit)).toBe(path);
  });

  it('is no condition where it is nothing', () => {
    expect(conditionOf({ paths: [] })).toBeUndefined();
    expect(limitText({ paths: [] })).toBe('');
    expect(isOver({ paths: ['/a'] }, new Date('2999-01-01'))).toBe(false);
  });

  it.each([
    ['2027-01-31T23:59:59.999Z', false],
    ['2027-02-01T00:00:00.000Z', true],
    // A day ends in UTC, whatever the clock on the wall says.
    ['2027-02-01T01:30:00+02:00', false],
    ['2027-01-31T23:00:00-02:00', true],
  ])('is over at %s: %s', (now, over) => {
    expect(isOver({ paths: [], until: '2027-01-31' }, new Date(now))).toBe(over);
  });
});
