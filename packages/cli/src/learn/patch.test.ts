import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { declaredCalls, parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import { patchOf, withEdges } from './patch.ts';

const edge = (caller: string, receiver: string) => ({ caller, receiver });
const patched = (text: string, ...edges: ReturnType<typeof edge>[]) => withEdges(text, 'edges.yaml', edges);

describe('an edge is written as the file is', () => {
  test.each([
    ['an empty entry', 'services:\n  aa: {} # a\n  bb: {}\n', 'services:\n  aa: { calls: [bb] } # a\n  bb: {}\n'],
    [
      'a flow entry',
      'services:\n  aa: { public: true } # a\n  bb: {}\n',
      'services:\n  aa: { public: true, calls: [bb] } # a\n  bb: {}\n',
    ],
    [
      'a flow list',
      'services:\n  aa:\n    calls: [cc] # why\n  bb: {}\n  cc: {}\n',
      'services:\n  aa:\n    calls: [cc, bb] # why\n  bb: {}\n  cc: {}\n',
    ],
    ['an empty list', 'services:\n  aa: { calls: [] }\n  bb: {}\n', 'services:\n  aa: { calls: [bb] }\n  bb: {}\n'],
    ['a flow list with its comma', 'services:\n  aa: { calls: [cc,] }\n  bb: {}\n  cc: {}\n', undefined],
    [
      'a block list',
      'services:\n  aa:\n    calls:\n      - cc # why\n      # more\n  bb: {}\n  cc: {}\n',
      'services:\n  aa:\n    calls:\n      - cc # why\n      - bb\n      # more\n  bb: {}\n  cc: {}\n',
    ],
    [
      'a list of limits',
      'services:\n  aa:\n    calls:\n    - to: cc\n      paths: [/x]\n  bb: {}\n  cc: {}\n',
      'services:\n  aa:\n    calls:\n    - to: cc\n      paths: [/x]\n    - bb\n  bb: {}\n  cc: {}\n',
    ],
    [
      'a block entry',
      'services:\n  aa:\n    public: true # open\n\n  # below\n  bb: {}\n',
      'services:\n  aa:\n    public: true # open\n    calls: [bb]\n\n  # below\n  bb: {}\n',
    ],
    [
      'a block entry with more below',
      'services:\n  aa:\n    env:\n      A: "1"\n      B: |\n        text\n  bb: {}\n',
      'services:\n  aa:\n    env:\n      A: "1"\n      B: |\n        text\n    calls: [bb]\n  bb: {}\n',
    ],
    [
      'the last line without an end',
      'services:\n  bb: {}\n  aa:\n    public: true',
      'services:\n  bb: {}\n  aa:\n    public: true\n    calls: [bb]\n',
    ],
    [
      'lines of Windows',
      'services:\r\n  aa:\r\n    public: true\r\n  bb: {}\r\n',
      'services:\r\n  aa:\r\n    public: true\r\n    calls: [bb]\r\n  bb: {}\r\n',
    ],
    ['quoted names', 'services:\n  "aa": {}\n  \'bb\': {}\n', 'services:\n  "aa": { calls: [bb] }\n  \'bb\': {}\n'],
    [
      'JSON',
      '{"services": {"aa": {"public": true}, "bb": {}}}',
      '{"services": {"aa": {"public": true, calls: [bb]}, "bb": {}}}',
    ],
    [
      'a job',
      'services: { bb: {} }\njobs:\n  aa: { tasks: 2 }\n',
      'services: { bb: {} }\njobs:\n  aa: { tasks: 2, calls: [bb] }\n',
    ],
  ])('%s', (_what, before, after) => {
    const { text, added, refused } = patched(before, edge('aa', 'bb'));
    expect({ added, refused }).toEqual({ added: [edge('aa', 'bb')], refused: [] });
    if (after !== undefined) expect(text).toBe(after);
    expect(declaredCalls(parseDeclaration(text, 'edges.yaml'))).toContain('aa bb');
  });
});

describe('what cannot be written is said, and nothing else changes', () => {
  test('an edge that must never be', () => {
    const text = 'services:\n  aa: {}\n  bb: {}\n  cc: {}\nnever: [aa -> bb]\n';
    const { text: after, added, refused } = patched(text, edge('aa', 'bb'), edge('aa', 'cc'));
    expect(added).toEqual([edge('aa', 'cc')]);
    expect(refused[0]?.why).toContain('never');
    expect(after).toBe('services:\n  aa: { calls: [cc] }\n  bb: {}\n  cc: {}\nnever: [aa -> bb]\n');
  });

  test('an anchor that others share', () => {
    const text = 'services:\n  aa: &same { public: true }\n  dd: *same\n  bb: {}\n';
    for (const caller of ['aa', 'dd']) {
      const { text: after, refused } = patched(text, edge(caller, 'bb'));
      if (refused.length > 0) expect(after).toBe(text);
      else
        expect(declaredCalls(parseDeclaration(after, 'edges.yaml'))).toEqual([
          'anonymous aa',
          'anonymous dd',
          `${caller} bb`,
        ]);
    }
    const shared =
      'x-calls: &calls [cc]\nservices:\n  aa: { calls: *calls }\n  dd: { calls: *calls }\n  bb: {}\n  cc: {}\n';
    const { text: after, refused } = patched(shared, edge('aa', 'bb'));
    expect(after).toBe(shared);
    expect(refused[0]?.why).toContain('Add bb to the calls of aa');
  });
});

describe('the patch', () => {
  const before = readFileSync(new URL('../../../../infra/edges.yaml', import.meta.url), 'utf8');
  const { text: after } = withEdges(before, 'infra/edges.yaml', [
    edge('login', 'search'),
    edge('search', 'user-profiles'),
    edge('search', 'search'),
  ]);

  test.each([
    ['git', ['apply', '--verbose', 'patch']],
    ['patch', ['-p1', '--input=patch']],
  ])('is taken by %s, with what stands above it', (command, args) => {
    const folder = mkdtempSync(join(tmpdir(), 'run-edges-patch-'));
    try {
      for (const file of ['infra/edges.yaml', 'a b/é edges.yaml']) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), before);
        writeFileSync(join(folder, 'patch'), `# learned login -> search: 3 calls\n${patchOf(file, before, after)}`);
        execFileSync(command, args, { cwd: folder, stdio: 'pipe' });
        expect(readFileSync(join(folder, file), 'utf8')).toBe(after);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('is three lines more and three less, or fewer', () => {
    const lines = patchOf('infra/edges.yaml', before, after).split('\n');
    expect(lines.slice(0, 2)).toEqual(['--- a/infra/edges.yaml', '+++ b/infra/edges.yaml']);
    expect(lines.filter((line) => /^\+ /.test(line))).toEqual([
      '+    calls: [user-profiles, search]',
      '+  search: { calls: [user-profiles, search] }',
    ]);
    expect(patchOf('x', before, before)).toBe('');
  });
});

test('a file that is broken by now is left as it is, and what was to be added is told with the reason', () => {
  const broken = 'services:\n  aa: { calls: [zz] }\n  bb: {}\n';
  expect(patched(broken, edge('aa', 'bb'))).toEqual({
    text: broken,
    added: [],
    refused: [{ ...edge('aa', 'bb'), why: expect.stringContaining('"zz", which is not declared') }],
  });
});
