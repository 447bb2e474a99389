import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { onTreeChange } from './on-tree-change.ts';

function watched() {
  const outer = mkdtempSync(join(tmpdir(), 'run-edges-tree-'));
  const root = join(outer, 'app');
  mkdirSync(join(root, 'src', 'routes'), { recursive: true });
  const changed = vi.fn<(path: string) => void>();
  const blind = vi.fn<(folder: string, why: string) => void>();
  const following = onTreeChange(root, { changed, blind });
  onTestFinished(() => {
    following.close();
    rmSync(outer, { recursive: true });
  });
  /** Until this was told. */
  const seen = (...path: readonly string[]) =>
    vi.waitFor(() => expect(changed).toHaveBeenCalledWith(join(root, ...path)));
  return { outer, root, blind, changed, seen };
}

test('a link that leads to itself is a change like any other', async () => {
  const { root, blind, seen } = watched();
  symlinkSync('loop', join(root, 'loop'));
  await seen('loop');
  writeFileSync(join(root, 'src', 'server.js'), '');
  await seen('src', 'server.js');
  expect(blind).not.toHaveBeenCalled();
});

test('what took the place of a folder that was moved away is looked at, down to the bottom', async () => {
  const { outer, root, seen } = watched();
  renameSync(join(root, 'src'), join(outer, 'src'));
  await seen('src');
  mkdirSync(join(root, 'src', 'routes'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{}');
  await seen('package.json');
  writeFileSync(join(root, 'src', 'routes', 'shop.js'), '');
  await seen('src', 'routes', 'shop.js');
});

test('a folder that is never quiet is told nevertheless, again and again', async () => {
  const { root, changed } = watched();
  let written = 0;
  const writing = setInterval(() => writeFileSync(join(root, 'build.js'), `${written++}`), 20);
  onTestFinished(() => clearInterval(writing));
  await vi.waitFor(() => expect(changed.mock.calls.length).toBeGreaterThan(1), 20_000);
  expect(written).toBeGreaterThan(10);
});
