import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { GO_BUILD_MS } from '../real-clients/go.ts';
import { goCaches } from '../real-clients/go-caches.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { cache, findToolchain } from '../real-clients/toolchain.ts';
import { startTalkCloud } from './talk-cloud.ts';

const cwd = join(import.meta.dirname, 'go');
const env = { ...process.env, ...goCaches };
const command = join(cache, 'go', 'bin', 'talk');

const { title, missing } = await findToolchain({
  name: 'Go, and grpc-go',
  commands: ['go'],
  manifests: [join(cwd, 'go.mod'), join(cwd, 'go.sum')],
  install: [{ command: 'go', args: ['mod', 'download'], cwd, env }],
});

const all = (code: string) => ({ unary: code, server: code, client: code, both: code });

describe.skipIf(missing)(title, () => {
  beforeAll(async () => {
    const args = ['build', '-o', command, './talk'];
    const built = await runProgram({ command: 'go', args, cwd, env, timeout: GO_BUILD_MS - 10_000 });
    expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
  }, GO_BUILD_MS);

  test.each(['local', 'production'] as const)(
    'grpc-go, by %s addresses: four kinds, deadline, cancellation, 4 MiB, 1,000 streams at once, each refusal',
    async (addresses) => {
      await using talk = await startTalkCloud(addresses);
      const { code, stdout, stderr } = await runProgram({ command, args: talk.args, env: talk.env });
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        good: { unary: 'hello', server: ['1', '2', '3'], client: ['onetwothree'], both: ['one', 'two', 'three'] },
        foreign: all('PermissionDenied'),
        none: all('PermissionDenied'),
        forged: all('Unauthenticated'),
        trailers: 'FailedPrecondition',
        deadline: 'DeadlineExceeded',
        cancelled: 'Canceled',
        large: 4 * 1024 * 1024,
        together: 1000,
      });
      await talk.service.cancelled(2);
      // The four kinds, Fail, two of Wait, the large one, and those at once: nothing of those that were refused.
      expect(talk.service.calls()).toBe(4 + 1 + 2 + 1 + 1000);
    },
  );
});
