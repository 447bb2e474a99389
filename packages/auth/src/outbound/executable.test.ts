import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Alone, startAlone } from '../testing/alone.ts';
import { applicationDefault } from './sources.ts';

/** A program of a credentials file that fails: an error of the call, and the process lives. */

let alone: Alone;
beforeEach(async () => {
  alone = await startAlone();
  vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1');
});
afterEach(() => alone[Symbol.asyncDispose]());

const program = (content: string, mode = 0o755): string => {
  const file = join(alone.home, 'program');
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
};

test.each<[what: string, command: () => string, why: string]>([
  ['is not there', () => join(alone.home, 'nothing'), 'exit code: -2'],
  ['is in no folder of PATH', () => 'no-such-program-anywhere', 'exit code: -2'],
  ['is a folder', () => alone.home, 'exit code: -13'],
  ['may not be run', () => program('#!/bin/sh\n', 0o644), 'exit code: -13'],
  ['ends with an error', () => program('#!/bin/sh\nexit 3\n'), 'exit code: 3'],
  ['is ended by a signal', () => program('#!/bin/sh\nkill -9 $$\n'), 'exit code: SIGKILL'],
  ['says nothing', () => program('#!/bin/sh\n'), 'an invalid response'],
])('one that %s', async (_what, command, why) => {
  alone.credentialFile({
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${alone.google.origin}/v1/token`,
    credential_source: { executable: { command: command() } },
  });
  const source = applicationDefault({ impersonate: 'target@demo.iam.gserviceaccount.com' });
  await expect(source.fetchIdToken('https://search.example')).rejects.toMatchObject({
    code: 'RUN_AUTH_TOKEN_FETCH_FAILED',
    message: expect.stringContaining(why),
  });
});
