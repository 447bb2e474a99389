import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type {} from './packed.ts';

let folder: string | undefined;

/** A folder for the packages of a run, which are packed when a test first needs them. */
export function setup({ provide }: TestProject): void {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-packed-')));
  provide('packedFolder', folder);
}

export function teardown(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true });
}
