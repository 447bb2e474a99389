import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../real-clients/run-program.ts';
import { cache, findToolchain } from '../../real-clients/toolchain.ts';
import { bothAddresses, expectRefused, type InteropCloud, startInterop } from './interop.ts';

const pom = join(import.meta.dirname, 'java', 'pom.xml');
const jars = join(cache, 'java', 'interop-jars');
const repository = join(cache, 'java', 'repository');

const { title, missing } = await findToolchain({
  name: 'Java, and the interop tests of gRPC',
  commands: ['java', 'mvn'],
  manifests: [pom],
  install: [
    {
      command: 'mvn',
      args: ['-q', '-B', '-f', pom, `-Dmaven.repo.local=${repository}`, `-DoutputDirectory=${jars}`].concat(
        'dependency:copy-dependencies',
      ),
    },
  ],
});

/**
 * What grpc-go's programs do not have: messages that are compressed each for itself. Java's server cannot say that it was
 * given another, which the cases without `noprobe` ask first.
 */
const cases = [
  'client_compressed_unary_noprobe',
  'server_compressed_unary',
  'client_compressed_streaming_noprobe',
  'server_compressed_streaming',
  'custom_metadata',
];

describe.skipIf(missing)(title, () => {
  describe.each(bothAddresses)('by %s addresses', (addresses) => {
    let interop: InteropCloud;
    beforeAll(async () => {
      const main = 'io.grpc.testing.integration.TestServiceServer';
      interop = await startInterop(`java -cp '${jars}/*' ${main} --port=$PORT --use_tls=false`, addresses);
    }, 150_000);
    afterAll(() => interop?.[Symbol.asyncDispose]());

    function run(name: string, metadata: string) {
      const { host, port, tls, env } = interop.target;
      const main = ['-cp', `${jars}/*`, 'io.grpc.testing.integration.TestServiceClient'];
      const at = [`--server_host=${host}`, `--server_port=${port}`, `--use_tls=${tls}`];
      const args = [...main, ...at, `--test_case=${name}`, `--additional_metadata=${metadata}`];
      return interop.rulesOf(() => runProgram({ command: 'java', args, env }));
    }

    test.each(cases)('%s', async (name) => {
      const { code, stderr, rules } = await run(name, await interop.target.metadata('caller'));
      expect(code, stderr).toBe(0);
      // One of its streams the client leaves open.
      expect(rules.filter((rule) => rule !== 'caller-gone')).toEqual(['invoker']);
    });

    test('a compressed message of who may not is refused, and its server not reached', async () => {
      const name = 'client_compressed_unary_noprobe';
      expectRefused(await run(name, await interop.target.metadata('outsider')), 'not-an-invoker');
      expectRefused(await run(name, await interop.target.metadata('forger')), 'malformed-token');
    });
  });
});
