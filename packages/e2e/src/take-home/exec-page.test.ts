import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readerFolder } from '../pages/reader-folder.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { repository } from '../support/repository.ts';

const page = readFileSync(join(repository, 'docs', 'how-to', 'exec.md'), 'utf8');
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);

test.each([
  [0, /tests 0/, /Everything is up/],
  [1, /^hellohello<html>[\s\S]*as it should be\n$/, /403 Forbidden\nlogin -> search: .*add search to its calls/],
  [2, /^\{"ready":true,"missing":\[\]\}$/, /Everything is up/],
])('the commands of docs/how-to/exec.md do what it says: %i', { timeout: 300_000 }, async (at, prints, tells) => {
  using folder = readerFolder();
  // Under npm, npx would look in the clone.
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const env = { ...own, PATH: `${folder.bin}:${process.env.PATH}`, NO_COLOR: '1', NODE_OPTIONS: undefined };
  const args = ['-c', blocks[at] ?? ''];
  const { code, stdout, stderr } = await runProgram({ command: 'sh', args, cwd: folder.path, env, timeout: 240_000 });
  expect(code, stderr).toBe(0);
  expect(stdout, stderr).toMatch(prints);
  expect(stderr).toMatch(tells);
});

test('and no other', () => {
  expect(blocks).toHaveLength(3);
});
