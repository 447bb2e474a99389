import { expect, test } from 'vitest';
import { fixesOf } from './fixes.ts';
import type { Row } from './row.ts';

const row = (change: Partial<Row>): Row => ({
  kind: 'extra',
  service: 'search',
  member: 'user:eve@example.com',
  role: 'roles/run.invoker',
  path: 'service',
  on: 'search',
  state: 'drift',
  reason: 'eve may invoke search',
  ...change,
});

test('what takes away is apart from what gives, and each command stands once', () => {
  const fixes = fixesOf([
    row({ fix: ['grant'], kind: 'missing' }),
    row({ fix: ['revoke', '--all'], takes: true }),
    row({ fix: ['revoke', '--all'], takes: true, reason: 'eve may invoke search when x' }),
    row({ fix: ['update'], takes: false }),
    row({ fix: ['grant'], kind: 'missing' }),
  ]);
  expect(fixes.giving).toEqual([['grant'], ['update']]);
  expect(fixes.taking.map(({ command }) => command)).toEqual([['revoke', '--all']]);
  expect(fixes.taking[0]?.what).toEqual(['eve may invoke search', 'eve may invoke search when x']);
});

test('who made it is said, and that it is unknown', () => {
  expect(fixesOf([row({ fix: ['a'], takes: true })]).taking[0]?.origin).toBe('unknown');
  expect(fixesOf([row({ fix: ['a'], takes: true, origin: 'terraform' })]).taking[0]?.origin).toBe('terraform');
});

test.each(['accepted', 'declared', 'unseen'] as const)('what is %s needs no mend', (state) => {
  expect(fixesOf([row({ state, fix: ['a'], takes: true })])).toEqual({ giving: [], taking: [] });
});

test('what is for hands is not for gcloud', () => {
  expect(fixesOf([row({ mend: 'terraform apply' })])).toEqual({ giving: [], taking: [] });
});
