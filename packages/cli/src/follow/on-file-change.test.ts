import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Following, onFileChange } from './on-file-change.ts';

let folder: string;
let file: string;
let following: Following | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-follow-'));
  file = join(folder, 'edges.yaml');
  writeFileSync(file, 'first');
});
afterEach(() => {
  following?.close();
  rmSync(folder, { recursive: true, force: true });
});

function follow(path = file) {
  const changed = vi.fn();
  following = onFileChange(path, changed);
  return changed;
}

/** Longer than it is ever looked away. */
const LONG_MS = 1200;

describe('a file that changes', () => {
  test.each<[string, () => void]>([
    ['is written in place', () => writeFileSync(file, 'other')],
    [
      'is replaced by another',
      () => {
        writeFileSync(`${file}~`, 'other');
        renameSync(`${file}~`, file);
      },
    ],
    [
      'is taken away and written again',
      () => {
        unlinkSync(file);
        writeFileSync(file, 'other');
      },
    ],
    ['goes away', () => unlinkSync(file)],
    ['is emptied', () => writeFileSync(file, '')],
    ['is one of the same length', () => writeFileSync(file, 'FIRST')],
  ])('%s: is told once', async (_how, change) => {
    const changed = follow();
    change();
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), 5000);
    await pause(LONG_MS);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  test('in several steps is told when it is quiet', async () => {
    const changed = follow();
    for (const text of ['a', 'ab', 'abc']) writeFileSync(file, text);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), 5000);
    await pause(LONG_MS);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  test('all the time is told nevertheless', async () => {
    const changed = follow();
    let written = 0;
    const writing = setInterval(() => writeFileSync(file, `${written++}`), 5);
    try {
      await vi.waitFor(() => expect(changed.mock.calls.length).toBeGreaterThan(1), 20_000);
    } finally {
      clearInterval(writing);
    }
    expect(written).toBeGreaterThan(10);
  });

  test('is followed where it is a link, whatever the link is to by then', async () => {
    const [one, two] = ['one', 'two'].map((name) => join(folder, name));
    for (const at of [one, two]) {
      mkdirSync(at ?? '');
      writeFileSync(join(at ?? '', 'edges.yaml'), `from ${at}`);
    }
    const link = join(folder, 'link.yaml');
    symlinkSync(join('one', 'edges.yaml'), link);
    const changed = follow(link);
    writeFileSync(join(one ?? '', 'edges.yaml'), 'otherwise');
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), 5000);
    symlinkSync(join('two', 'edges.yaml'), `${link}.new`);
    renameSync(`${link}.new`, link);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2), 5000);
    writeFileSync(join(two ?? '', 'edges.yaml'), 'otherwise again');
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(3), 5000);
  });

  test('its folder may be another', async () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    writeFileSync(join(inner, 'edges.yaml'), 'first');
    const changed = follow(join(inner, 'edges.yaml'));
    renameSync(inner, `${inner}-before`);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), 5000);
    mkdirSync(inner);
    writeFileSync(join(inner, 'edges.yaml'), 'second');
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2), 5000);
  });
});

test('what happens beside it is not told, nor what happens after the end', async () => {
  const changed = follow();
  writeFileSync(join(folder, 'other.yaml'), 'other');
  await pause(LONG_MS);
  following?.close();
  writeFileSync(file, 'other');
  await pause(LONG_MS);
  expect(changed).not.toHaveBeenCalled();
});

test('a file that comes later, in a folder that comes later', async () => {
  const later = join(folder, 'later', 'edges.yaml');
  const changed = follow(later);
  mkdirSync(join(folder, 'later'));
  writeFileSync(later, 'here');
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), 5000);
});
