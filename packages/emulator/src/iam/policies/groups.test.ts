import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { groupsOf, readGroups } from './groups.ts';

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'groups-')), 'groups.yaml');
  writeFileSync(file, text);
  return file;
}

describe('groups', () => {
  test('are found through other groups, and circles end', () => {
    const groups = {
      'inner@example.com': ['user:ada@example.com', 'group:outer@example.com'],
      'outer@example.com': ['group:inner@example.com'],
      'other@example.com': ['user:eve@example.com'],
    };
    expect(groupsOf(groups, 'user:ada@example.com').sort()).toEqual([
      'group:inner@example.com',
      'group:outer@example.com',
    ]);
    expect(groupsOf(groups, 'user:nobody@example.com')).toEqual([]);
    expect(groupsOf(groups, 'serviceAccount:ada@example.com')).toEqual([]);
  });

  test('are read from YAML', () => {
    expect(readGroups(fileOf('groups:\n  team@example.com: ["user:ada@example.com"]\n'))).toEqual({
      'team@example.com': ['user:ada@example.com'],
    });
  });

  test.each(['', 'groups: []', 'groups: { a@b.c: user:x@y.z }', 'groups: { a@b.c: [ada] }', 'groups: {', 'other: {}'])(
    'a file that holds none is refused with its name: %s',
    (text) => {
      const file = fileOf(text);
      expect(() => readGroups(file)).toThrow(
        expect.objectContaining({ code: 'GROUPS_INVALID', message: expect.stringContaining(file) }),
      );
    },
  );

  test('a missing file is refused', () => {
    expect(() => readGroups('/nowhere/groups.yaml')).toThrow(expect.objectContaining({ code: 'GROUPS_INVALID' }));
  });
});
