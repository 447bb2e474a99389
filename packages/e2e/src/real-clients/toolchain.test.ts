import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cache, findToolchain } from './toolchain.ts';

const stamp = join(cache, 'Toy.installed');
const toy = { name: 'Toy', commands: ['sh'], manifests: [import.meta.filename] };
const install = (script: string) => ({ ...toy, install: [{ command: 'sh', args: ['-c', script] }] });

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(stamp, { force: true });
  await rm(join(cache, 'Toy.lock'), { force: true });
});

test('a command that is not on PATH is named in one line', async () => {
  const title = 'Toy (not run: there is no no-such-command on PATH)';
  expect(await findToolchain({ name: 'Toy', commands: ['sh', 'no-such-command'] })).toEqual({ title, missing: true });
  expect(console.warn).toHaveBeenCalledExactlyOnceWith(title);
});

test('so is a registry that does not answer, and it is asked again the next time', async () => {
  const failing = install('echo looking; echo the registry does not answer >&2; exit 1');
  for (let time = 0; time < 2; time++)
    expect(await findToolchain(failing)).toEqual({
      title: 'Toy (not run: its packages could not be installed: the registry does not answer)',
      missing: true,
    });
  expect(console.warn).toHaveBeenCalledTimes(2);
});

test('what is installed is not installed again', async () => {
  const once = install(`test ! -e '${stamp}'`);
  expect(await findToolchain(once)).toEqual({ title: 'Toy', missing: false });
  expect(await findToolchain(once)).toEqual({ title: 'Toy', missing: false });
  expect((await findToolchain(install(`test ! -e '${stamp}' # changed`))).missing).toBe(true);
  expect(console.warn).toHaveBeenCalledTimes(1);
});

test('what several suites want at once is installed once', async () => {
  const once = install(`test ! -e '${stamp}'`);
  const found = await Promise.all([findToolchain(once), findToolchain(once), findToolchain(once)]);
  expect(found).toEqual(Array.from({ length: 3 }, () => ({ title: 'Toy', missing: false })));
});
