import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { removeFolder } from './remove-folder.ts';
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

/** Mounts are made in namespaces of their own, or not at all: they would be this machine's. */
const unshare = ['--user', '--map-root-user', '--mount', '--propagation=private', '--'];
const mayMount = spawnSync('unshare', [...unshare, 'true']).status === 0;

test.skipIf(!mayMount).each(['disposed', 'left to the end of the process'])(
  'stays while something is mounted below it, and what is mounted keeps its files: %s',
  async (how) => {
    await using disk = await makeTemporaryFolder();
    writeFileSync(join(disk.path, 'precious'), 'kept');
    const program = `
      import { spawnSync } from 'node:child_process';
      import { mkdirSync } from 'node:fs';
      import { makeTemporaryFolder } from ${JSON.stringify(new URL('temporary-folder.ts', import.meta.url).href)};
      const folder = await makeTemporaryFolder();
      const point = folder.path + '/with a blank';
      mkdirSync(point);
      const { status } = spawnSync('mount', ['--bind', ${JSON.stringify(disk.path)}, point]);
      const how = ${JSON.stringify(how)};
      const told = how === 'disposed' ? await folder[Symbol.asyncDispose]().catch(({ message }) => message) : '';
      console.log(JSON.stringify({ status, told, point }));
    `;
    const command = [...unshare, process.execPath, '--input-type=module', '--eval', program];
    const { stdout, stderr } = spawnSync('unshare', command, { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { status, told, point } = JSON.parse(stdout) as { status: number; told: string; point: string };
    expect(status).toBe(0);
    if (how === 'disposed') expect(told).toContain(`something is mounted at ${point}. Unmount it`);
    expect(readFileSync(join(disk.path, 'precious'), 'utf8')).toBe('kept');
    // The mount went with its namespace; the empty folder below stayed.
    await removeFolder(dirname(point));
  },
);
