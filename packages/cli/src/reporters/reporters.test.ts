import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { edgePlaces, matrix, parseDeclaration } from '@run-edges/edges';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Tried } from '../matrix/try-matrix.ts';
import { github, refusedAtGithub } from './github.ts';
import { junit } from './junit.ts';
import type { Report } from './report.ts';
import { addReporter, writeReports } from './reporters.ts';

const text = 'services:\n  login: { public: true, calls: [search] }\n  search: {}\n';
const cells = matrix(parseDeclaration(text, 'edges.yaml'));
const asDeclared = cells.map((cell): Tried => {
  const { caller, receiver, expected, reason } = cell;
  return { caller, receiver, expected, actual: expected, status: expected === 'allowed' ? 200 : 403, reason };
});

function reportOf(tried: readonly Tried[], onlyDifferences = false): Report {
  return { tried, file: 'infra/edges.yaml', placeOf: edgePlaces(text), onlyDifferences };
}

/** The same, but for some of its verdicts. */
function turned(some: (one: Tried) => boolean, reason = 'the policy has allUsers'): Tried[] {
  return asDeclared.map((one) => {
    const other = one.expected === 'allowed' ? 'forbidden' : 'allowed';
    return some(one) ? { ...one, actual: other, status: other === 'allowed' ? 200 : 403, reason } : one;
  });
}

const strangerAtSearch = ({ caller, receiver }: Tried) => caller === 'stranger' && receiver === 'search';

describe('github', () => {
  // Paths are from the root of the repository.
  beforeEach(() => vi.stubEnv('GITHUB_WORKSPACE', process.cwd()));
  afterEach(() => vi.unstubAllEnvs());
  const annotations = (all: string) => all.split('\n').filter((line) => line.startsWith('::'));

  test('annotates the line of an edge that is not as declared', () => {
    expect(github(reportOf(turned(strangerAtSearch))).split('\n')).toEqual([
      '::error file=infra/edges.yaml,line=3,col=3,title=stranger -> search::200 allowed, declared forbidden: the policy has allUsers',
      '1 of 8 verdicts differ from the declaration:',
      '  stranger -> search: 200 allowed, declared forbidden (the policy has allUsers)',
    ]);
  });

  test('has no annotation where all is well', () => {
    expect(github(reportOf(asDeclared))).toBe('All 8 verdicts are as declared.');
  });

  test('lets no text begin a command of its own, nor end a property', () => {
    const all = github(reportOf(turned(strangerAtSearch, '50%\r\n::error::a,b:c\n::set-env name=X::y')));
    expect(annotations(all)).toEqual([
      '::error file=infra/edges.yaml,line=3,col=3,title=stranger -> search::200 allowed, declared forbidden: 50%25%0D%0A::error::a,b:c%0A::set-env name=X::y',
    ]);
    const file = 'a,b:c%.yaml';
    expect(annotations(refusedAtGithub([{ file, line: 1, column: 2, message: 'x\ny', mend: 'z.' }]))).toEqual([
      '::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=The declaration is refused::x%0Ay. z.',
    ]);
  });

  test.each([
    [10, 10],
    [11, 10],
    [100, 10],
  ])('shows %i differences in %i annotations', (differences, shown) => {
    const [first] = turned(() => true);
    const tried = Array.from({ length: differences }, () => first as Tried);
    const lines = annotations(github(reportOf(tried)));
    expect(lines).toHaveLength(shown);
    if (differences > shown)
      expect(lines.at(-1)).toMatch(new RegExp(`title=And others::${differences - 9} more, of ${differences}: `));
  });
});

describe('junit', () => {
  const read = (xml: string) => {
    expect(XMLValidator.validate(xml)).toBe(true);
    return new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => name.startsWith('test') && name !== 'tests',
    }).parse(xml).testsuites[0];
  };

  test('has a suite for each receiver, and a case for each caller', () => {
    const { testsuite, ...all } = read(junit(reportOf(turned(strangerAtSearch))));
    expect(all).toEqual({ name: 'run-edges check', tests: '8', failures: '1', errors: '0', skipped: '0' });
    expect(testsuite.map(({ name, tests, failures }: Record<string, string>) => [name, tests, failures])).toEqual([
      ['login', '4', '0'],
      ['search', '4', '1'],
    ]);
    expect(testsuite[1].testcase.map(({ name }: { name: string }) => name)).toEqual([
      'anonymous -> search is forbidden',
      'login -> search is allowed',
      'search -> search is forbidden',
      'stranger -> search is forbidden',
    ]);
    expect(testsuite[1].testcase[3]).toEqual({
      name: 'stranger -> search is forbidden',
      classname: 'run-edges.search',
      file: 'infra/edges.yaml',
      line: '3',
      failure: { type: 'allowed', message: '200 allowed, declared forbidden', '#text': 'the policy has allUsers' },
    });
  });

  test('of nothing but differences has no other case', () => {
    const { testsuite } = read(junit(reportOf(turned(strangerAtSearch), true)));
    expect(testsuite).toHaveLength(1);
    expect(testsuite[0].testcase).toHaveLength(1);
    expect(read(junit(reportOf(asDeclared, true))).tests).toBe('0');
  });

  test('is XML, whatever a reason holds', () => {
    const characters = fc.string({
      unit: fc.constantFrom('<', '&', '"', "'", ']]>', '\0', '\u001b', '\ufffe', '\ud800', '%', 'a', '-->', '\u0085'),
    });
    fc.assert(
      fc.property(characters, (reason) => {
        const xml = junit(reportOf(turned(strangerAtSearch, reason)));
        expect(XMLValidator.validate(xml)).toBe(true);
        expect(xml.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\ufffe\uffff]/u);
        expect(xml.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('--reporter', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-edges-reports-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => vi.restoreAllMocks());

  test.each(['', 'tap', 'Junit', 'constructor', 'toString=a'])('%j is refused', (name) => {
    expect(() => addReporter(name)).toThrow('It takes one of table, json, junit, github');
  });

  test.each([
    ['json', 'table'],
    ['github', 'junit'],
  ])('%s and %s do not share standard output', (...names) => {
    expect(() => names.reduce((before, name) => addReporter(name, before), addReporter('table=a'))).toThrow(
      `${names.join(' and ')} cannot share standard output: give one a file`,
    );
  });

  test('writes each where it is asked for', () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(`${chunk}`) > 0);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const [xml, list] = ['edges.xml', 'edges=1.json'].map((name) => join(folder, name)) as [string, string];
    const asked = [`junit=${xml}`, `json=${list}`, 'github', 'table'].reduce(
      (before, name) => addReporter(name, before),
      [] as ReturnType<typeof addReporter>,
    );
    writeReports(reportOf(asDeclared), asked);
    expect(written.join('')).toMatch(
      /^All 8 verdicts are as declared\.\n┌[\s\S]*\nAll 8 verdicts are as declared\.\n$/,
    );
    expect(JSON.parse(readFileSync(list, 'utf8'))).toEqual(asDeclared);
    expect(readFileSync(xml, 'utf8')).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites /);
  });

  test('a file that cannot be written keeps no other back', () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const asked = addReporter('github', addReporter(`junit=${folder}`));
    expect(() => writeReports(reportOf(asDeclared), asked)).toThrow(/EISDIR/);
    expect(written).toHaveBeenCalledOnce();
  });
});
