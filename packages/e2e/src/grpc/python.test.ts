import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { python, pythonToolchain } from '../real-clients/python.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { startTalkCloud } from './talk-cloud.ts';

const { title, missing } = pythonToolchain;

const all = (code: string) => ({ unary: code, server: code, client: code, both: code });

describe.skipIf(missing)(title, () => {
  test.each<[addresses: 'local' | 'production', streams: number]>([
    ['local', 50],
    ['production', 100],
  ])(
    'grpcio, by %s addresses: four kinds, deadline, cancellation, 4 MiB, %i streams at once, each refusal',
    async (addresses, streams) => {
      await using talk = await startTalkCloud(addresses);
      const args = [join(import.meta.dirname, 'talk.py'), ...talk.args, `${streams}`];
      const { code, stdout, stderr } = await runProgram({ command: python, args, env: talk.env });
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        good: { unary: 'hello', server: ['1', '2', '3'], client: 'onetwothree', both: ['one', 'two', 'three'] },
        foreign: all('PERMISSION_DENIED'),
        none: all('PERMISSION_DENIED'),
        forged: all('UNAUTHENTICATED'),
        trailers: 'FAILED_PRECONDITION',
        deadline: 'DEADLINE_EXCEEDED',
        cancelled: true,
        large: 4 * 1024 * 1024,
        together: streams,
      });
      await talk.service.cancelled(2);
      // The four kinds, Fail, two of Wait, the large one, and those at once: nothing of those that were refused.
      expect(talk.service.calls()).toBe(4 + 1 + 2 + 1 + streams);
    },
  );
});
