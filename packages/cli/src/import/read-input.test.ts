import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInput } from './read-input.ts';

test('reads a file to its bound, and no further', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-input-'));
  const file = join(folder, 'state.json');
  try {
    writeFileSync(file, 'é'.repeat(1024 * 1024));
    expect(await readInput(file, 2 * 1024 * 1024)).toHaveLength(1024 * 1024);
    await expect(readInput(file, 1024 * 1024)).rejects.toMatchObject({
      message: `${file} is larger than 1 MiB.`,
      mend: 'Give the part with Cloud Run alone.',
    });
    // It has no end.
    await expect(readInput('/dev/zero', 1024 * 1024)).rejects.toThrow('is larger than 1 MiB.');
    await expect(readInput(join(folder, 'gone'))).rejects.toThrow('cannot be read (ENOENT)');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
