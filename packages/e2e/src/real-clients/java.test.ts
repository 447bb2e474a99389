import { afterAll, beforeAll, describe, test } from 'vitest';
import { compileJava, javaToolchain, type RunJava } from './java.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { expectVerification } from './verifiers.ts';

const { title, missing } = javaToolchain;

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  let run: RunJava;
  beforeAll(async () => {
    small = await startSmallCloud();
    run = await compileJava('real-clients');
  });
  afterAll(() => small[Symbol.asyncDispose]());

  test('IdTokenCredentials, by the metadata server', () => small.expectEdges((url) => run('Call', [url], small.env)));

  test('IdTokenCredentials, by GCE_METADATA_HOST alone', () =>
    small.expectEdges((url) => run('Call', [url], small.envOf(['GCE_METADATA_HOST']))));

  test('IdTokenCredentials, by a key file', async () => {
    const env = await small.keyEnv();
    await small.expectEdges((url) => run('Call', [url], env));
  });

  for (const certificates of ['/oauth2/v1/certs', '/oauth2/v3/certs'])
    test(`TokenVerifier, by the emulator’s ${certificates}`, () =>
      expectVerification(small, certificates, (args, token) =>
        run('Verify', args, { PATH: process.env.PATH ?? '' }, token),
      ));
});
