import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { run, runBeside } from './run.ts';

afterEach(() => vi.restoreAllMocks());

test.each([run, runBeside])(
  '%o: the exit code is the command’s, and above 128 where a signal ended it',
  async (runs) => {
    expect(await runs(['node', '-e', ''])).toBe(0);
    expect(await runs(['node', '-e', 'process.exit(3)'])).toBe(3);
    expect(await runs(['node', '-e', 'process.kill(process.pid, "SIGKILL")'])).toBe(137);
  },
);

test.each([run, runBeside])('%o: a program that is not there is an error', async (runs) => {
  await expect(runs(['no-such-program'])).rejects.toThrow('ENOENT');
});

test('of commands side by side each is seen in one piece', async () => {
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(`${text}`) > 0);
  const counts = (name: string): [string, ...string[]] => [
    'node',
    '-e',
    `let i = 0; const at = setInterval(() => { console.log('${name}' + i); if (++i === 3) clearInterval(at); }, 1)`,
  ];
  await Promise.all([runBeside(counts('a')), runBeside(counts('b'))]);
  expect(said.toSorted()).toEqual(['a0\na1\na2\n', 'b0\nb1\nb2\n']);
});

test('a signal is passed on, and waited for', async () => {
  const ready = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const code = runBeside([
    'sh',
    '-c',
    'trap "echo heard; exit 4" TERM; kill -TERM $PPID; while :; do sleep 0.01; done',
  ]);
  await once(process, 'SIGTERM');
  expect(await code).toBe(4);
  expect(ready.mock.calls.join('')).toBe('heard\n');
});
