import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from './run-program.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { cache, clients, findToolchain } from './toolchain.ts';
import { expectVerification } from './verifiers.ts';

const folder = join(clients, 'java');
const pom = join(folder, 'pom.xml');
const jars = join(cache, 'java', 'jars');
const classes = join(cache, 'java', 'classes');
const repository = join(cache, 'java', 'repository');

const { title, missing } = await findToolchain({
  name: 'Java',
  commands: ['java', 'javac', 'mvn'],
  manifests: [pom],
  install: [
    {
      command: 'mvn',
      args: [
        '-q',
        '-B',
        '-f',
        pom,
        `-Dmaven.repo.local=${repository}`,
        `-DoutputDirectory=${jars}`,
        'dependency:copy-dependencies',
      ],
    },
  ],
});

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  beforeAll(async () => {
    small = await startSmallCloud();
    const sources = ['Call.java', 'Verify.java'].map((file) => join(folder, file));
    const args = ['-cp', `${jars}/*`, '-d', classes, ...sources];
    expect(await runProgram({ command: 'javac', args })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
  afterAll(() => small[Symbol.asyncDispose]());

  const run = (program: string, args: readonly string[], env: Record<string, string>, stdin = '') =>
    runProgram({ command: 'java', args: ['-cp', `${classes}:${jars}/*`, program, ...args], env, stdin });

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
