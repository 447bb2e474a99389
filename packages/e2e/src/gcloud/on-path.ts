import { delimiter } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    gcloudFolder: string | undefined;
  }
}

// For each file of tests: the loaded gcloud stands before the real one.
const folder = inject('gcloudFolder');
const before = process.env.PATH ?? '';
if (folder !== undefined) process.env.PATH = [folder, before].join(delimiter);

/** For tests of what a process of gcloud does: the real one, and nothing before it. */
export function useRealGcloud(): void {
  process.env.PATH = before;
}
