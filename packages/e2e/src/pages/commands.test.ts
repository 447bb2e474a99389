import { expect, test } from 'vitest';
import { pagesFor, runPage, type Setting } from './run-page.ts';

/** Commands in a repository of the reader's own. Those in a clone are in clone.test.ts, those with gcloud in gcloud.test.ts. */

const settings: Readonly<Record<string, Setting>> = {
  'docs/how-to/federation.md': { runs: 'up' },
  'docs/how-to/read-a-refusal.md': { runs: 'up' },
};

const pages = pagesFor('packages/e2e/src/pages/commands.test.ts');

test.each(pages)('$page does what it says', { timeout: 240_000 }, async ({ page, blocks }) => {
  await runPage(blocks, settings[page]);
});

test('no page has a setting for nothing', () => {
  expect(pages.map(({ page }) => page)).toEqual(expect.arrayContaining(Object.keys(settings)));
});
