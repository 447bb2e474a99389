import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runEdges } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';
import { type Engine, run } from './engine.ts';

/** A compose project that runs. */
export interface Stack extends AsyncDisposable {
  /** Its name, which those of its volumes and networks begin with. */
  readonly project: string;
  /** The emulator's API, from this machine. */
  readonly api: string;
  /** Runs compose on the project. */
  compose(...args: readonly string[]): Promise<string>;
  /** Builds nothing, starts what is not running, and waits until all of it is healthy. Resolves to the seconds. */
  up(): Promise<number>;
  /** What `docker inspect` says of a service's container. */
  inspect(service: string): Promise<Inspected>;
  /** What a service's container has logged. */
  logs(service: string): Promise<string>;
  /** Runs one of the programs in `inside/` in a service's container and gives what it prints. */
  inside(service: string, program: string, ...args: readonly string[]): Promise<string>;
}

export interface Inspected {
  readonly Id: string;
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly FinishedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Mounts: readonly { readonly Name?: string }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

export interface StackFiles {
  readonly file: string;
  readonly folder: string;
  readonly services: readonly string[];
  readonly api: string;
}

/** Builds the images of a compose file. Nothing is started yet. */
export async function openStack(engine: Engine, { file, folder, services, api }: StackFiles): Promise<Stack> {
  const project = `run-edges-test-${process.pid}`;
  const command = [...engine.compose, '--project-name', project, '--file', file, '--project-directory', folder];
  const compose = (...args: readonly string[]) => run([...command, ...args], { timeout: 900_000 });
  const idOf = async (service: string) => {
    const filters = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`];
    return run(['docker', 'ps', '--all', '--quiet', ...filters.flatMap((label) => ['--filter', `label=${label}`])]);
  };
  const inspect = async (service: string): Promise<Inspected> =>
    JSON.parse(await run(['docker', 'inspect', await idOf(service)]))[0];

  const stack: Stack = {
    project,
    api,
    compose,
    inspect,
    async up() {
      const began = Date.now();
      await compose('up', '--detach');
      for (const service of services)
        await until(`${service} is healthy`, async () => (await inspect(service)).State.Health?.Status === 'healthy');
      return (Date.now() - began) / 1000;
    },
    logs: async (service) => run(['docker', 'logs', await idOf(service)]),
    async inside(service, program, ...args) {
      const source = await readFile(new URL(`./inside/${program}`, import.meta.url), 'utf8');
      const node = ['node', '--input-type=module-typescript', '-', ...args];
      return run(['docker', 'exec', '--interactive', await idOf(service), ...node], { stdin: source });
    },
    async [Symbol.asyncDispose]() {
      await compose('down', '--volumes', '--timeout', '10');
    },
  };
  await compose('build');
  return stack;
}

/** The repository's own system, on free ports: what `npm run compose` makes, but for the ports. */
export async function openOwnStack(engine: Engine, services: readonly string[]): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-compose-'));
  const file = join(folder, 'docker-compose.yml');
  const port = await freePorts(2 * services.length + 2);
  const { code, stderr } = await runEdges(['compose', '--people', '50', '--port', `${port}`, '--output', file]).ended;
  if (code !== 0) throw new Error(stderr);
  const all = ['emulator', ...services];
  const stack = await openStack(engine, { file, folder: repository, services: all, api: `http://127.0.0.1:${port}` });
  return {
    ...stack,
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Waits for a condition, for a minute at most. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + 60_000; Date.now() < limit; await delay(100)) if (await holds()) return;
  throw new Error(`a minute went by before ${what}`);
}

/** The first of so many ports in a row on which nothing listens, below those that are given out at random. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const taken = await Promise.all(Array.from({ length: count }, (_, index) => isTaken(first + index)));
    if (!taken.includes(true)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

function isTaken(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
