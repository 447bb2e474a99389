import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gcloudHere, pagesFor, runPage } from '../pages/run-page.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { runEdges } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['bash', 'curl', 'gcloud'] });
const page = readFileSync(join(repository, 'docs', 'tutorial.md'), 'utf8');

test('the page has every command that --dry-run prints', async () => {
  const project = 'run-edges-local';
  const args = ['deploy', '--project', project, '--tag', 'v1', '--tester', 'user:ada@example.com', '--dry-run'];
  const { code, stdout } = await runEdges(args).ended;
  expect(code).toBe(0);
  const generic = stdout
    .replaceAll(project, '$PROJECT')
    .replaceAll('us-central1', '$REGION')
    .replaceAll('ada@example.com', '$ME');
  const blocks = generic.split('\n\n').slice(1);
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of blocks) expect(page).toContain(block.trim().split('\n').slice(1).join('\n'));
});

describe.skipIf(missing)(title, () => {
  test('the tutorial runs from top to bottom against the emulator, with one line changed', {
    timeout: 600_000,
  }, async () => {
    const [{ blocks = [] } = {}] = pagesFor('packages/e2e/src/deployment/tutorial.test.ts');
    const line = /^gcloud auth login .*$/gm;
    expect(page.match(line)).toHaveLength(1);
    await runPage(blocks, { where: 'clone', instead: [[line, gcloudHere]] });
  });
});
