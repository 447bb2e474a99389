import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { type Running, runEdges } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';
import { notPrinted, runSteps, stepsOf } from './page.ts';

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
    const folder = await mkdtemp(join(tmpdir(), 'run-edges-tutorial-'));
    let emulator: Running | undefined;
    try {
      // The developer's token lies in the home folder that both share, as a reader's commands do.
      emulator = runEdges(['up', '--empty', '--port', '0'], repository, {
        env: { HOME: folder, XDG_CACHE_HOME: undefined },
      });
      const [target = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await emulator.printed('Press Ctrl-C')) ?? [];
      const changed = page.replace(
        /^gcloud auth login .*$/m,
        `eval "$(run-edges env --target ${target} --folder ${folder})"`,
      );
      expect(changed).not.toBe(page);

      const steps = stepsOf(changed);
      const printed = await runSteps(steps, {
        cwd: repository,
        env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1', npm_config_cache: process.env.npm_config_cache },
      });
      const wrong = steps.flatMap(({ heading, prints }, index) => {
        const lines = notPrinted(prints, printed[index] ?? '');
        return lines.length === 0 ? [] : [{ heading, lines, printed: printed[index] }];
      });
      expect(wrong).toEqual([]);
    } finally {
      emulator?.child.kill('SIGTERM');
      await emulator?.ended;
      await rm(folder, { recursive: true, force: true });
    }
  });
});
