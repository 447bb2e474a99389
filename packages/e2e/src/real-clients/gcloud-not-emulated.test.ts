import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toolEnv } from '../support/tool-env.ts';
import { runProgram } from './run-program.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { findToolchain } from './toolchain.ts';

const { title, missing } = await findToolchain({ name: 'gcloud, of what is not played', commands: ['gcloud'] });

/** Commands of APIs that are not played, and the host whose name gcloud shall report. The first ones are tried by default. */
const all = [
  [
    'run deploy new --source=app --region=us-central1 --quiet',
    /(?:artifactregistry|cloudbuild|storage)\.googleapis\.com/,
  ],
  ['builds list', /cloudbuild\.googleapis\.com/],
  ['storage ls', /storage\.googleapis\.com/],
  ['logging read severity>=ERROR', /logging\.googleapis\.com/],
  ['secrets list', /secretmanager\.googleapis\.com/],
  ['sql instances list', /sqladmin\.googleapis\.com|sql\.googleapis\.com/],
  ['compute networks list', /compute\.googleapis\.com/],
  ['spanner instances list', /spanner\.googleapis\.com/],
  ['alpha bq datasets list', /bigquery\.googleapis\.com/],
  ['apigee apis list --organization=acme', /apigee\.googleapis\.com/],
  // It says that it failed, not of what, and ends well.
  ['artifacts repositories list --location=us-central1', /Failed to list repositories/],
] as const;
/** RUN_EDGES_GCLOUD_EVERYTHING=1 tries all: gcloud tries each for half a minute before it says so. */
const chosen = process.env.RUN_EDGES_GCLOUD_EVERYTHING === '1' ? all : all.slice(0, 2);

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  let env: Record<string, string>;
  beforeAll(async () => {
    small = await startSmallCloud();
    vi.stubEnv('RUN_EDGES_TOKEN', small.cloud.developerToken);
    env = {
      ...(await toolEnv(['--target', small.cloud.url, '--folder', join(small.folder, 'developer')])),
      HOME: small.folder,
    };
    await mkdir(join(small.folder, 'app'));
    await writeFile(join(small.folder, 'app', 'package.json'), '{"scripts":{"start":"node ."}}');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await small[Symbol.asyncDispose]();
  });

  test.concurrent.for(chosen)('gcloud %s', { timeout: 240_000 }, async ([line, host]) => {
    const args = line.split(' ').map((word) => word.replace('=app', `=${join(small.folder, 'app')}`));
    const { code, stdout, stderr } = await runProgram({ command: 'gcloud', args, env, timeout: 200_000 });
    expect({ code, told: stdout + stderr }).toMatchObject({
      code: expect.any(Number),
      told: expect.stringMatching(host),
    });
    expect(stderr).not.toMatch(/gcloud crashed|Traceback/);
    if (code !== 0) expect(stderr).toMatch(/is not emulated by run-edges/);
  });
});
