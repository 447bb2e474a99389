import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CommandError } from './command-error.ts';
import { markedWith } from './left-behind.ts';
import { type Run, runCommand } from './run-command.ts';

let cwd: string;
beforeAll(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-exec-')));
  writeFileSync(join(cwd, 'text'), 'no program');
  chmodSync(join(cwd, 'text'), 0o644);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Nobody sends a signal here. */
const signals = { first: new AbortController().signal, exitCode: () => 0, passTo: () => undefined };
const run = (...command: readonly string[]): Promise<Run> => runCommand(command, { cwd, env: process.env, signals });

/** What a script has written to $OUT, beside how it ended. */
async function sh(script: string, ...words: readonly string[]): Promise<Run & { readonly written: string }> {
  const out = join(cwd, 'out');
  rmSync(out, { force: true });
  const env = { ...process.env, OUT: out };
  const ended = await runCommand(['sh', '-c', script, 'sh', ...words], { cwd, env, signals });
  return { ...ended, written: readFileSync(out, { encoding: 'utf8', flag: 'a+' }) };
}

/** Whether it runs: one that has ended may still be there for a parent that does not look. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a command', () => {
  test.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['exit 255', 255],
    ['kill -KILL $$', 137],
    ['kill -TERM $$', 143],
    ['kill -INT $$', 130],
  ])('ends with its own exit code, or 128 and the signal: %s', async (script, exitCode) => {
    expect(await run('sh', '-c', script)).toEqual({ exitCode, leftBehind: [], staying: [] });
  });

  test('gets its words as they are, in the folder', async () => {
    const words = ['a b', "it's", '$HOME', '*', '', '--port', '--'];
    const { written } = await sh('pwd > $OUT; printf "%s\\n" "$@" >> $OUT', ...words);
    expect(written).toBe(`${[cwd, ...words].join('\n')}\n`);
  });

  test.each([
    ['not there', ['no-such-program'], 127, 'There is no command "no-such-program".'],
    ['not there by its path', ['./nothing/here'], 127, 'There is no command "./nothing/here".'],
    ['a line for a shell', ['echo a'], 127, 'There is no command "echo a".'],
    ['nothing', [''], 126, '"" cannot be run (ERR_INVALID_ARG_VALUE).'],
    ['not executable', ['./text'], 126, '"./text" cannot be run.'],
    ['a folder', ['/'], 126, '"/" cannot be run.'],
    ['in a file', ['./text/inside'], 126, '"./text/inside" cannot be run (ENOTDIR).'],
    ['too long', ['sh', '-c', 'true', 'x'.repeat(2 ** 22)], 126, '"sh" cannot be run (E2BIG).'],
  ])('that cannot be run is refused as a shell would: %s', async (_, command, exitCode, message) => {
    const refused = await run(...command).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CommandError);
    expect(refused).toMatchObject({ exitCode, message, mend: expect.stringMatching(/^[A-Z].*\.$/) });
  });
});

describe.runIf(process.platform === 'linux')('what it leaves behind is ended:', () => {
  test.each([
    ['a child', 'sleep 1000 & echo $! > $OUT'],
    ['a grandchild', 'sh -c "sleep 1000 & echo \\$! > $OUT"'],
    ['one in a session of its own', 'setsid sleep 1000 & echo $! > $OUT; sleep 0.2'],
    ['one that has left everybody', '(setsid sh -c "echo \\$\\$ > $OUT; exec sleep 1000" &) ; sleep 0.2'],
    ['one that heeds no signal', `sh -c "trap '' TERM; echo \\$\\$ > $OUT; while :; do sleep 1; done" & sleep 0.2`],
    [
      'one that starts others as it ends',
      `sh -c "trap 'sleep 1000 & echo \\$! >> $OUT; exit' TERM; echo \\$\\$ > $OUT; while :; do sleep 0.1; done" & sleep 0.3`,
    ],
  ])('%s', async (_, script) => {
    const { exitCode, leftBehind, written } = await sh(`${script}; exit 4`);
    expect(exitCode).toBe(4);
    const pids = written.trim().split('\n').map(Number);
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) expect(leftBehind.map((one) => one.pid)).toContain(pid);
    expect(pids.filter(runs)).toEqual([]);
  });

  test('but nobody who has another mark, or has put it down', async () => {
    const mark = 'somebody-else';
    const other = runCommand(['sleep', '1000'], {
      cwd,
      env: process.env,
      signals: { ...signals, passTo: (child) => setTimeout(() => child.kill('SIGTERM'), 1000) },
    });
    const { leftBehind, written } = await sh('env -u RUN_EDGES_EXEC sleep 1000 & echo $! > $OUT; sleep 0.2');
    expect(leftBehind).toEqual([]);
    expect(runs(Number(written))).toBe(true);
    process.kill(Number(written), 'SIGKILL');
    expect((await other).exitCode).toBe(143);
    expect(markedWith(mark)).toEqual([]);
  });
});

test.runIf(process.platform === 'linux')('who asks twice is obeyed at once, whatever is heeded', async () => {
  let atOnce: () => void = () => undefined;
  const out = join(cwd, 'stubborn');
  const running = runCommand(['sh', '-c', `trap '' TERM; setsid sleep 1000 & echo $! > ${out}; wait`], {
    cwd,
    env: process.env,
    signals: {
      ...signals,
      passTo(_, end) {
        atOnce = end;
      },
    },
  });
  const pid = await vi.waitFor(() => {
    const found = Number(readFileSync(out, 'utf8'));
    expect(found).toBeGreaterThan(0);
    return found;
  });
  atOnce();
  expect((await running).exitCode).toBe(137);
  expect(runs(pid)).toBe(false);
});
