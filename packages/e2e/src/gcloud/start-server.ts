import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A gcloud that runs each command in a fork of one that is loaded already; see server.py. */
export interface LoadedGcloud extends AsyncDisposable {
  /** The folder for PATH. */
  readonly bin: string;
  /** Of the process that has loaded it. */
  readonly pid: number;
}

/**
 * Starts it with the start script of the gcloud that is on PATH; undefined where there is none. It ends with this process,
 * however that ends.
 * @throws Error where gcloud's start script does not start it
 */
export async function startGcloudServer(): Promise<LoadedGcloud | undefined> {
  const real = findGcloud();
  if (real === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-gcloud-server-'));
  // The start script splits its arguments at blanks, which a path of one's own may have.
  const program = join(folder, 'server.py');
  symlinkSync(join(import.meta.dirname, 'server.py'), program);
  const child = spawn(real, [real, folder], {
    // A session of its own: Ctrl-C is for the tests, and for the commands that they run.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      CLOUDSDK_CONFIG: join(folder, 'config'),
      CLOUDSDK_PYTHON_ARGS: `-S ${program}`,
    },
  });
  const ended = once(child, 'close');
  const listening = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!listening || child.pid === undefined) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${real} does not start server.py.`);
  }
  return {
    bin: join(folder, 'bin'),
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

function findGcloud(): string | undefined {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'gcloud'));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
