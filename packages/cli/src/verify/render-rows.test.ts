import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderRows } from './render-rows.ts';
import type { Row } from './row.ts';

const about = { project: 'demo-project', file: 'infra/edges.yaml' };
const pool = `principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/${'x'.repeat(60)}`;

function row(change: Partial<Row>): Row {
  const on = change.service ?? 'search';
  const reason = `${change.member ?? 'user:eve@example.com'} may invoke ${on}, which no edge declares`;
  return {
    kind: 'extra',
    service: on,
    member: 'user:eve@example.com',
    role: 'roles/run.invoker',
    path: 'service',
    on,
    state: 'drift',
    reason,
    ...change,
  };
}

const render = (...rows: Row[]) => stripVTControlCharacters(renderRows(rows, about));
const declared = row({ kind: 'edge', state: 'declared', reason: 'login-run@x calls it as login' });

test('what is as declared is one line, below who may invoke', () => {
  const shown = render(declared, row({ ...declared, reason: 'jobs-run@x calls it as jobs' }));
  expect(shown.split('\n').at(-1)).toBe('demo-project is as declared. Ways in: 2 declared, 0 accepted.');
  expect(shown).toMatch(
    /│ declared +│ search +│ login-run@x calls it as login +│\n│ +│ +│ jobs-run@x calls it as jobs/,
  );
  expect(shown).not.toContain('of them');
});

test('differences come first, with what mends them and how they are accepted', () => {
  const fix = ['run', 'services', 'remove-iam-policy-binding', 'search'];
  const shown = render(row({ fix, takes: true }), row({ kind: 'missing', mend: 'Do it' }), declared);
  expect(shown.indexOf('extra')).toBeLessThan(shown.indexOf('declared  '));
  expect(shown).toContain('2 of them. What mends them:\ngcloud run services remove-iam-policy-binding search\nDo it\n');
  expect(shown).toContain('accepted:\n  - { member: "user:eve@example.com", on: "search", reason: "..." }\n');
  expect(shown.match(/- \{ member/g)).toHaveLength(1);
  expect(shown.split('\n').at(-1)).toBe('demo-project is not as declared: 2 differing, 1 declared, 0 accepted.');
});

test('what was not looked at is never as declared without saying so', () => {
  const unseen = row({
    kind: 'not-seen',
    service: '*',
    member: '',
    state: 'unseen',
    reason: 'The policy of folder 42 was not looked at',
    mend: 'Ask for it',
  });
  const shown = render(unseen, declared);
  expect(shown).toContain('What lets it be seen:\nAsk for it\n');
  expect(shown).not.toContain('demo-project is as declared.');
  expect(shown.split('\n').at(-1)).toBe(
    'demo-project is as declared as far as it was seen: 1 declared, 0 accepted, 1 not looked at.',
  );
});

test.each([
  [
    'an account by its id',
    { path: 'account', on: 'login-run@demo-project.iam.gserviceaccount.com' },
    'on: "login-run"',
  ],
  [
    'one of another project whole',
    { path: 'account', on: 'a@b.iam.gserviceaccount.com' },
    'on: "a@b.iam.gserviceaccount.com"',
  ],
  ['what is inherited on the project', { path: 'folder', on: '42' }, 'on: "project"'],
] as const)('the entry that accepts names %s', (_name, change, on) => {
  expect(render(row(change))).toContain(on);
});

test.each(['allUsers', 'deleted:user:eve@example.com?uid=1'])('%s is not offered to be accepted', (member) => {
  expect(render(row({ member }))).not.toContain('accepted:');
});

test('however long a member is, all of it is seen in a table of 100 columns', () => {
  const shown = render(row({ member: pool, service: 'a-service-with-a-very-long-name-of-nearly-fifty' }));
  const table = shown.split('\n').filter((line) => /^[│┌├└]/.test(line));
  expect(table.length).toBeGreaterThan(3);
  for (const line of table) expect(line.length).toBe(100);
  const cells = table.map((line) => line.split('│')[3]?.trim() ?? '').join('');
  expect(cells).toContain(pool);
});

test('what others wrote steers no terminal and begins no line', () => {
  const shown = renderRows([row({ member: 'user:\u001b[2J\n@x', reason: 'user:\u001b[2J\nFORGED' })], about);
  expect(stripVTControlCharacters(shown)).not.toContain('\u001b');
  expect(shown).not.toMatch(/^FORGED/m);
});
