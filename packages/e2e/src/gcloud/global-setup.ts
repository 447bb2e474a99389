import type { TestProject } from 'vitest/node';
import type {} from './on-path.ts';
import { type LoadedGcloud, startGcloudServer } from './start-server.ts';

let server: LoadedGcloud | undefined;

/** Starts the one loaded gcloud of a run; it loads when the first command comes. */
export async function setup({ provide }: TestProject): Promise<void> {
  server = await startGcloudServer();
  provide('gcloudFolder', server?.bin);
}

export async function teardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
}
