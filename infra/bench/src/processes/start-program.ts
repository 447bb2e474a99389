import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Cores, findCores, type Role } from './cores.ts';
import type { Answer, Call, Handlers } from './serve.ts';

/** A program in a process of its own. */
export interface Program<H extends Handlers> extends AsyncDisposable {
  /** Calls a handler of the program. Rejects with what the handler threw, or when the process ends. */
  call<Name extends keyof H & string>(
    name: Name,
    ...argument: Parameters<H[Name]>
  ): Promise<Awaited<ReturnType<H[Name]>>>;
}

export interface ProgramOptions {
  readonly role: Role;
  /** On top of this process's environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How long a process may take to end by itself before it is killed. */
const GRACE_MS = 2_000;

let cores: Cores | 'not looked for' | undefined = 'not looked for';

/** Starts a program of this package, given relative to `src/`, bound to the cores of its role. */
export function startProgram<H extends Handlers>(file: string, { role, env }: ProgramOptions): Program<H> {
  const child = start(fileURLToPath(new URL(`../${file}`, import.meta.url)), role, env);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;

  child.on('message', (message: Answer) => {
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message) call?.reject(new Error(`${file}: ${message.error}`));
    else call?.resolve(message.result);
  });
  const failAll = (error: Error): void => {
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
  };
  child.on('error', failAll);
  child.on('exit', (code, signal) => failAll(new Error(`${file} ended (${signal ?? code}) before it answered.`)));

  return {
    call: (name, argument?: unknown) => {
      const call = Promise.withResolvers<unknown>();
      const id = ++calls;
      waiting.set(id, call);
      child.send({ id, name, argument } satisfies Call, (error) => error && call.reject(error));
      return call.promise as Promise<never>;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

function start(path: string, role: Role, env: ProgramOptions['env']): ChildProcess {
  if (cores === 'not looked for') cores = findCores();
  const node = [process.execPath, path];
  const [command = '', ...rest] =
    cores === undefined ? node : ['taskset', '--cpu-list', cores[role].join(','), ...node];
  return spawn(command, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 2, 2, 'ipc'] });
}

/** `taskset` becomes the program, so that its process id is the program's. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(killer);
}
