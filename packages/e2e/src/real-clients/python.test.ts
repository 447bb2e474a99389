import { afterAll, beforeAll, describe, test } from 'vitest';
import { startOutside } from './outside.ts';
import { python, pythonProgram, pythonToolchain, runPython as run } from './python.ts';
import { expectNobody, expectReceiver } from './receivers.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { expectVerification } from './verifiers.ts';

const { title, missing } = pythonToolchain;

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  beforeAll(async () => {
    small = await startSmallCloud();
  });
  afterAll(() => small[Symbol.asyncDispose]());

  test('fetch_id_token, by the metadata server', () => small.expectEdges((url) => run('call.py', [url], small.env)));

  test('fetch_id_token, by GCE_METADATA_HOST and GCE_METADATA_IP alone', () =>
    small.expectEdges((url) => run('call.py', [url], small.envOf(['GCE_METADATA_HOST', 'GCE_METADATA_IP']))));

  test('fetch_id_token, by a key file', async () => {
    const env = await small.keyEnv();
    await small.expectEdges((url) => run('call.py', [url], env));
  });

  test('a JWT with target_audience, signed by a key file', async () => {
    const env = await small.keyEnv();
    await small.expectEdges((url) => run('call_with_key.py', [url], env));
  });

  test('identity_pool and generateIdToken, from outside Google Cloud', async () => {
    await using outside = await startOutside();
    await outside.small.expectEdges((url) => run('call_from_outside.py', [url], outside.env));
  });

  test('verify_token, by the emulator’s certificates', () =>
    expectVerification(small, '/oauth2/v1/certs', (args, token) => run('verify.py', args, {}, token)));

  describe('a private service that verifies the token of Authorization by verify_oauth2_token', () => {
    const command = `'${python}' '${pythonProgram('receive.py')}'`;

    test('greets its caller, and refuses what its gate did not look at', () => expectReceiver(command));

    test('believes nobody where every signature is taken off', () => expectNobody(command));
  });
});
