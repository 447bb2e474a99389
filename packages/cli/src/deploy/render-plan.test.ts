import { expect, test } from 'vitest';
import type { Change } from './change.ts';
import { NOTHING } from './found.ts';
import type { Plan } from './look.ts';
import { planJson, renderPlan } from './render-plan.ts';

const update: Change = { action: 'update', on: 'service search', what: 'ingress', before: 'internal', after: 'all' };

function planOf(changes: readonly Change[], off: readonly string[] = []): Plan {
  const sections = changes.length === 0 ? [] : [{ title: 'Some', commands: [['run', 'deploy', 'a b']], changes }];
  return { found: NOTHING, off, apis: [], sections };
}

test('nothing to do is said so', () => {
  expect(renderPlan(planOf([]))).toBe('Everything is there as declared: nothing is to be changed.');
});

test('fits 150 columns, whatever is in it', () => {
  const long = 'x'.repeat(300);
  const text = renderPlan(planOf([update, { ...update, on: long, what: long, before: long, after: long }]));
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(150);
  expect(text).toContain('2 changes, by 1 command of gcloud.');
});

test('what steers a terminal is shown, and does nothing', () => {
  const text = renderPlan(planOf([{ ...update, before: '\u001b[2J\nforged' }]));
  expect(text).not.toContain('\u001b[2J');
  expect(text).not.toMatch(/^forged/m);
});

test('an API that is off is said to hide what it keeps', () => {
  expect(renderPlan(planOf([update], ['run.googleapis.com']))).toMatch(/may be there: run\.googleapis\.com\.$/);
});

test('as JSON it has every change, and the commands as a shell reads them', () => {
  expect(planJson(planOf([update]), { project: 'p', region: 'r' }, ['a note'])).toEqual({
    project: 'p',
    region: 'r',
    off: [],
    changes: [update],
    commands: ["gcloud run deploy 'a b'"],
    notes: ['a note'],
  });
});
