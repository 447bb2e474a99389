import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectNobody, expectReceiver } from './receivers.ts';
import { runProgram } from './run-program.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { cache, clients, findToolchain } from './toolchain.ts';
import { expectVerification } from './verifiers.ts';

const cwd = join(clients, 'go');
const bin = join(cache, 'go', 'bin');
/** Its own caches, writable so that they can be deleted; the Go that is here, whatever go.mod would like. */
const env = {
  ...process.env,
  GOMODCACHE: join(cache, 'go', 'mod'),
  GOCACHE: join(cache, 'go', 'build'),
  GOFLAGS: '-modcacherw',
  GOTOOLCHAIN: 'local',
  CGO_ENABLED: '0',
};

const { title, missing } = await findToolchain({
  name: 'Go',
  commands: ['go'],
  manifests: [join(cwd, 'go.mod'), join(cwd, 'go.sum')],
  install: [{ command: 'go', args: ['mod', 'download'], cwd, env }],
});

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  beforeAll(async () => {
    small = await startSmallCloud();
    const built = await runProgram({
      command: 'go',
      args: ['build', '-o', `${bin}/`, './call', './receive', './verify'],
      cwd,
      env,
      timeout: 170_000,
    });
    expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
  }, 180_000);
  afterAll(() => small[Symbol.asyncDispose]());

  const run = (program: string, args: readonly string[], env: Record<string, string>, stdin = '') =>
    runProgram({ command: join(bin, program), args, env, stdin });

  test('idtoken.NewClient, by the metadata server', () => small.expectEdges((url) => run('call', [url], small.env)));

  test('idtoken.NewClient, by GCE_METADATA_HOST alone', () =>
    small.expectEdges((url) => run('call', [url], small.envOf(['GCE_METADATA_HOST']))));

  test('idtoken.NewClient, by a key file', async () => {
    const env = await small.keyEnv();
    await small.expectEdges((url) => run('call', [url], env));
  });

  test('idtoken.Validator, by the emulator’s keys', () =>
    expectVerification(small, '/oauth2/v3/certs', (args, token) => run('verify', args, {}, token)));

  describe('a private service that verifies the token of Authorization by idtoken.Validator', () => {
    const command = `'${join(bin, 'receive')}'`;

    test('greets its caller, and refuses what its gate did not look at', () => expectReceiver(command));

    test('believes nobody where every signature is taken off', () => expectNobody(command));
  });
});
