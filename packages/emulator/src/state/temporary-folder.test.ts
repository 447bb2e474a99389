import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from './temporary-folder.ts';

test('goes with what is in it when it is disposed, and leaves others', async () => {
  await using other = await makeTemporaryFolder();
  const folder = await makeTemporaryFolder();
  writeFileSync(join(folder.path, 'state.db'), '');
  await folder[Symbol.asyncDispose]();
  expect(existsSync(folder.path)).toBe(false);
  expect(existsSync(other.path)).toBe(true);
});

test('many need one listener of the process', async () => {
  const before = process.listenerCount('exit');
  const folders = await Promise.all(Array.from({ length: 20 }, makeTemporaryFolder));
  expect(process.listenerCount('exit')).toBe(before + 1);
  await Promise.all(folders.map((folder) => folder[Symbol.asyncDispose]()));
  expect(process.listenerCount('exit')).toBe(before);
});

test.each([
  ['ends by itself', 'process.exit(130)'],
  ['fails', 'throw new Error("unexpected")'],
])('goes with a process that %s', (_how, end) => {
  const program = `
    import { makeTemporaryFolder } from ${JSON.stringify(new URL('temporary-folder.ts', import.meta.url).href)};
    const { path } = await makeTemporaryFolder();
    process.stdout.write(path);
    ${end};
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  expect(stdout).toMatch(/run-edges-\w+$/);
  expect(existsSync(stdout)).toBe(false);
});
