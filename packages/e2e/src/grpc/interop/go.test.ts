import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goCaches } from '../../real-clients/go-caches.ts';
import { runProgram } from '../../real-clients/run-program.ts';
import { cache, findToolchain } from '../../real-clients/toolchain.ts';
import { bothAddresses, expectRefused, type InteropCloud, startInterop } from './interop.ts';

const cwd = join(import.meta.dirname, 'go');
const env = { ...process.env, ...goCaches };
const bin = join(cache, 'go', 'bin', 'interop');

const { title, missing } = await findToolchain({
  name: 'Go, and the interop tests of gRPC',
  commands: ['go'],
  manifests: [join(cwd, 'go.mod'), join(cwd, 'go.sum')],
  install: [{ command: 'go', args: ['mod', 'download'], cwd, env }],
});

/**
 * Those of grpc-go's client but for what asks for access tokens, which Cloud Run does not take, and for more than one server.
 * @see https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
 */
const cases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'status_code_and_message',
  'special_status_message',
  'custom_metadata',
  'unimplemented_method',
  'unimplemented_service',
];
/** These end by the client's own will, whatever it was answered; the last one also asks for reports, without a token. */
const others = ['cancel_after_begin', 'cancel_after_first_response', 'timeout_on_sleeping_server', 'orca_per_rpc'];

/** What the client wants to look at reports of load. */
const reports = JSON.stringify({ loadBalancingConfig: [{ test_backend_metrics_load_balancer: {} }] });
const more: Readonly<Record<string, readonly string[]>> = {
  orca_per_rpc: [`-service_config_json=${reports}`],
  rpc_soak: ['-soak_num_threads=10', '-soak_iterations=20', '-soak_overall_timeout_seconds=50'],
};

/** The client brings much with it that no case here needs. Milliseconds. */
const BUILD_MS = 1_190_000;

describe.skipIf(missing)(title, () => {
  beforeAll(async () => {
    const tools = ['client', 'server'].map((name) => `google.golang.org/grpc/interop/${name}`);
    const args = ['build', '-o', `${bin}/`, ...tools];
    const built = await runProgram({ command: 'go', args, cwd, env, timeout: BUILD_MS - 10_000 });
    expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
  }, BUILD_MS);

  describe.each(bothAddresses)('by %s addresses', (addresses) => {
    let interop: InteropCloud;
    beforeAll(async () => {
      interop = await startInterop(`'${join(bin, 'server')}' -port $PORT`, addresses);
    });
    afterAll(() => interop?.[Symbol.asyncDispose]());

    function run(name: string, metadata: string) {
      const { host, port, tls, env: own } = interop.target;
      const at = [`-server_host=${host}`, `-server_port=${port}`, `-use_tls=${tls}`];
      const args = [...at, `-test_case=${name}`, `-additional_metadata=${metadata}`, ...(more[name] ?? [])];
      return interop.rulesOf(() => runProgram({ command: join(bin, 'client'), args, env: own }));
    }

    test.each(cases)('%s', async (name) => {
      const { code, stderr, rules } = await run(name, await interop.target.metadata('caller'));
      expect(code, stderr).toBe(0);
      expect(rules).toEqual(['invoker']);
    });

    test.each(others)('%s', async (name) => {
      const { code, stderr } = await run(name, await interop.target.metadata('caller'));
      expect(code, stderr).toBe(0);
    });

    test('concurrent_large_unary, as rpc_soak in ten threads', async () => {
      const { code, stderr, rules } = await run('rpc_soak', await interop.target.metadata('caller'));
      expect(code, stderr).toBe(0);
      expect(rules).toEqual(['invoker']);
    });

    test.each(cases)(
      '%s of who may not: PERMISSION_DENIED, UNAUTHENTICATED, and the server is not reached',
      async (name) => {
        const outsider = await run(name, await interop.target.metadata('outsider'));
        expectRefused(outsider, 'not-an-invoker');
        const forger = await run(name, await interop.target.metadata('forger'));
        expectRefused(forger, 'malformed-token');
        expectRefused(await run(name, ''), 'no-credentials');
      },
    );
  });
});
