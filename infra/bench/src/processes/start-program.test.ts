import { afterEach, describe, expect, test } from 'vitest';
import type { EchoHandlers } from '../testing/echo.ts';
import { type Program, type ProgramOptions, startProgram } from './start-program.ts';

const started: Program<EchoHandlers>[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((program) => program[Symbol.asyncDispose]()));
});

function start(options: ProgramOptions = { role: 'helper' }): Program<EchoHandlers> {
  const program = startProgram<EchoHandlers>('testing/echo.ts', options);
  started.push(program);
  return program;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('startProgram', () => {
  test('calls handlers in another process and gives back what they return', async () => {
    const program = start();
    expect(await Promise.all([program.call('echo', { text: 'a' }), program.call('echo', { text: 'b' })])).toEqual([
      { text: 'a' },
      { text: 'b' },
    ]);
    expect(await program.call('pid')).not.toBe(process.pid);
  });

  test('sets and takes out variables of the environment', async () => {
    const program = start({ role: 'subject', env: { BENCH_TEST: 'here', HOME: undefined } });
    expect(await program.call('environment', 'BENCH_TEST')).toBe('here');
    expect(await program.call('environment', 'HOME')).toBeUndefined();
  });

  test('passes on what a handler rejects with, and goes on', async () => {
    const program = start();
    await expect(program.call('fail')).rejects.toThrow('testing/echo.ts: Error: as asked');
    expect(await program.call('echo', { text: 'still here' })).toEqual({ text: 'still here' });
  });

  test('rejects calls that the program does not know', async () => {
    await expect(start().call('toString' as 'pid')).rejects.toThrow('does not know toString');
  });

  test('rejects what is under way when the process ends', async () => {
    const program = start();
    await program.call('pid');
    await expect(program.call('crash')).rejects.toThrow('ended (3)');
  });

  test('rejects calls to a process that has ended', async () => {
    const program = start();
    await expect(program.call('crash')).rejects.toThrow();
    await expect(program.call('pid')).rejects.toThrow();
  });

  test('rejects when the program is not there', async () => {
    const program = startProgram<EchoHandlers>('testing/gone.ts', { role: 'helper' });
    await expect(program.call('pid')).rejects.toThrow('ended (1)');
  });

  test('has ended the process when it is disposed of, also twice', async () => {
    const program = start();
    const pid = await program.call('pid');
    await Promise.all([program[Symbol.asyncDispose](), program[Symbol.asyncDispose]()]);
    expect(isRunning(pid)).toBe(false);
  });

  test('kills a process that does not end by itself', async () => {
    const program = start();
    const pid = await program.call('pid');
    await program.call('resist');
    await program[Symbol.asyncDispose]();
    expect(isRunning(pid)).toBe(false);
  });
});
