import { afterAll, beforeAll, describe, test } from 'vitest';
import { buildGo, GO_BUILD_MS, type GoPrograms, goToolchain } from './go.ts';
import { expectNobody, expectReceiver } from './receivers.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { expectVerification } from './verifiers.ts';

const { title, missing } = goToolchain;

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  let go: GoPrograms;
  beforeAll(async () => {
    small = await startSmallCloud();
    go = await buildGo('real-clients', ['call', 'receive', 'verify']);
  }, GO_BUILD_MS);
  afterAll(() => small[Symbol.asyncDispose]());

  test('idtoken.NewClient, by the metadata server', () => small.expectEdges((url) => go.run('call', [url], small.env)));

  test('idtoken.NewClient, by GCE_METADATA_HOST alone', () =>
    small.expectEdges((url) => go.run('call', [url], small.envOf(['GCE_METADATA_HOST']))));

  test('idtoken.NewClient, by a key file', async () => {
    const env = await small.keyEnv();
    await small.expectEdges((url) => go.run('call', [url], env));
  });

  test('idtoken.Validator, by the emulator’s keys', () =>
    expectVerification(small, '/oauth2/v3/certs', (args, token) => go.run('verify', args, {}, token)));

  describe('a private service that verifies the token of Authorization by idtoken.Validator', () => {
    test('greets its caller, and refuses what its gate did not look at', () =>
      expectReceiver(`'${go.file('receive')}'`));

    test('believes nobody where every signature is taken off', () => expectNobody(`'${go.file('receive')}'`));
  });
});
