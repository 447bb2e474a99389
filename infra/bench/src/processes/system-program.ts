import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';

const START_MS = 5_000;

/** Debian keeps servers where only root's PATH leads. */
const env = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter) };

/** The version of a program of the system, as its `-v` says it; undefined where it is not installed. */
export function installedVersion(command: string): string | undefined {
  const { error, stdout, stderr } = spawnSync(command, ['-v'], { env, encoding: 'utf8' });
  return error === undefined ? /\d+\.\d+[\w.+-]*/.exec(stdout + stderr)?.[0] : undefined;
}

/** A server that is configured by a file. */
export interface SystemProgram {
  readonly command: string;
  readonly argumentsFor: (file: string, folder: string) => readonly string[];
  readonly configuration: (port: number, folder: string) => string;
  /** What else is to stand in its folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface RunningProgram extends AsyncDisposable {
  readonly url: string;
}

/** Starts it in the foreground, in a folder of its own, on the cores of this process, and waits until it listens. */
export async function startSystemProgram(program: SystemProgram): Promise<RunningProgram> {
  const folder = await mkdtemp(join(tmpdir(), `run-edges-bench-${program.command}-`));
  const port = await freePort();
  for (const [name, text] of Object.entries(program.files ?? {})) await writeFile(join(folder, name), text);
  const file = join(folder, 'configuration');
  await writeFile(file, program.configuration(port, folder));

  const child = spawn(program.command, program.argumentsFor(file, folder), { env, stdio: ['ignore', 2, 2] });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended.catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  const started = performance.now();
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() - started > START_MS) {
      await stop();
      throw new Error(`${program.command} does not listen.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
