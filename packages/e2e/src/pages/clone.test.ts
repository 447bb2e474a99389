import { expect, test } from 'vitest';
import { pagesFor, runPage, type Setting } from './run-page.ts';

/** Commands that a reader gives in a clone of this repository: they build it first, and start the demo. */

const settings: Readonly<Record<string, Setting>> = {
  'README.md': {
    where: 'clone',
    instead: [['clone=/path/to/this/repository', 'clone=$PWD\ncd "$OWN"']],
    env: ({ path }) => ({ OWN: path }),
  },
  // What it runs would take minutes: here it is asked what it would run.
  'infra/suites/README.md': { where: 'clone', instead: [['vitest run', 'vitest list']] },
};

const pages = pagesFor('packages/e2e/src/pages/clone.test.ts');

test.each(pages)('$page does what it says', { timeout: 600_000 }, async ({ page, blocks }) => {
  await runPage(blocks, settings[page]);
});

test('no page has a setting for nothing', () => {
  expect(pages.map(({ page }) => page)).toEqual(expect.arrayContaining(Object.keys(settings)));
});
