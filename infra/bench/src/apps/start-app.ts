import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { findCores } from '../processes/cores.ts';
import { freePort } from '../processes/free-port.ts';

/** A service that runs as it would in its container: built, a process of its own, with nothing but its environment. */
export interface App extends AsyncDisposable {
  readonly url: string;
  /** From the start of the process to the last byte of its first answer. */
  readonly firstAnswerMs: number;
  /** Resident memory now, in MB (10^6 bytes); undefined where the system does not say. */
  readonly residentMb: () => number | undefined;
}

export interface AppOptions {
  /** A program, relative to the top of the repository. */
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The path that is asked first. */
  readonly path?: string;
}

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const START_MS = 30_000;
const GRACE_MS = 5_000;
let cores: ReturnType<typeof findCores> | 'not looked for' = 'not looked for';

/** Starts a service on the core of what is measured, and asks it until it answers. */
export async function startApp({ program, env = {}, path = '/health/live' }: AppOptions): Promise<App> {
  if (cores === 'not looked for') cores = findCores();
  const port = await freePort();
  const node = [process.execPath, `${REPOSITORY}${program}`];
  const [command = '', ...rest] = cores ? ['taskset', '--cpu-list', cores.subject.join(','), ...node] : node;
  const started = performance.now();
  const child = spawn(command, rest, {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...env, PORT: `${port}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(killer);
  };
  try {
    while (!(await answers(port, path))) {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it answered.`);
      if (performance.now() - started > START_MS) throw new Error(`${program} did not answer within ${START_MS} ms.`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    firstAnswerMs: performance.now() - started,
    residentMb: () => residentMb(child.pid),
    [Symbol.asyncDispose]: stop,
  };
}

/** Whether a request is answered with 200; on a connection of its own, so that nothing is loaded for it meanwhile. */
async function answers(port: number, path: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`);
    return (await wholeText(socket)).startsWith('HTTP/1.1 200 ');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function wholeText(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function residentMb(pid: number | undefined): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1_024) / 1_000_000;
}
