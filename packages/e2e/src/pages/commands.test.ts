import { expect, test } from 'vitest';
import { pagesFor, runPage, type Setting } from './run-page.ts';

/** Commands in a repository of the reader's own. Those in a clone are in clone.test.ts, those with gcloud in gcloud.test.ts. */

/** The repository of init.md, in the place of the reader's own. */
const beforeInit = `
rm -r edges.yaml infra apps
mkdir -p web services/api
echo '{ "private": true, "devDependencies": { "vitest": "^5.0.0" } }' > package.json
echo '{ "type": "module", "scripts": { "start": "node server.js" } }' > web/package.json
printf '%s\\n' 'import { createServer } from "node:http";' \
  'createServer(async (_request, response) => response.end(await (await fetch(process.env.API_URL)).text())).listen(process.env.PORT);' > web/server.js
printf '%s\\n' 'from fastapi import FastAPI' '' 'app = FastAPI()' > services/api/main.py`;

const settings: Readonly<Record<string, Setting>> = {
  'docs/how-to/federation.md': { runs: 'up' },
  'docs/how-to/init.md': { before: beforeInit },
  'docs/how-to/read-a-refusal.md': { runs: 'up' },
};

const pages = pagesFor('packages/e2e/src/pages/commands.test.ts');

test.each(pages)('$page does what it says', { timeout: 600_000 }, async ({ page, blocks }) => {
  await runPage(blocks, settings[page]);
});

test('no page has a setting for nothing', () => {
  expect(pages.map(({ page }) => page)).toEqual(expect.arrayContaining(Object.keys(settings)));
});
