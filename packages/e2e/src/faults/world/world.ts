import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createDatabase, type PostgresServer } from '@run-edges/service/testing/postgres-server';
import { edgesFile } from '../../support/repository.ts';
import { type Policy, startingPolicy } from './policy.ts';
import type { Command, Message, Seen } from './protocol.ts';

export const APPS = ['login', 'user-profiles', 'search'] as const;
export type App = (typeof APPS)[number];
/** An app, or the process with the emulator in it: Google's side. */
export type Part = App | 'google';

/** The whole directory behind its gates, every part a process that a test may harm. */
export interface World extends AsyncDisposable {
  readonly urls: Readonly<Record<App, string>>;
  readonly policy: Policy;
  /** Where the database is, in a world on PostgreSQL. */
  readonly database: PostgresServer | undefined;
  /** Asks the process with the emulator in it; resolves when it has done it. */
  ask(command: Command): Promise<string | undefined>;
  /** Sends a signal to a part. */
  signal(part: Part, signal: NodeJS.Signals): void;
  /** Sets the clock of a part off by so many seconds. */
  setClock(part: Part, seconds: number): Promise<void>;
  /** The most file descriptors that a part may have. */
  limitDescriptors(part: Part, most: number | 'as before'): void;
  onSeen(listener: (seen: Seen) => void): void;
  /** What the apps and the emulator said. */
  log(): string;
}

/** A clock is read so often; this is longer. */
const CLOCK_READ_MS = 60;
/** Room for the state of a world; SQLite keeps 4 MB of each app's log. */
const DISK_MB = 48;

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Whether this machine lets an unprivileged process have a small disk of its own; if not, the reason. */
export function smallDisk(): true | string {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'run-edges-disk-'));
    execFileSync('unshare', [...namespaces, 'mount', '-t', 'tmpfs', 'tmpfs', folder], { stdio: 'pipe' });
    rmSync(folder, { recursive: true });
    return true;
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    return `no small disk to fill: ${(stderr?.toString().trim() || message).split('\n')[0]}`;
  }
}
const namespaces = ['--user', '--map-root-user', '--mount'];

/** Starts the emulator and the apps; with a database server they keep their state there. */
export async function startWorld(database?: PostgresServer): Promise<World> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-faults-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const [control, state] = [join(folder, 'control'), join(folder, 'state')];
  for (const one of [control, state]) mkdirSync(one);
  for (const part of [...APPS, 'google']) writeFileSync(join(control, `${part}.clock`), '0');

  const child = spawnProgram(
    state,
    [edgesFile, state, control, JSON.stringify(await environments(control, database))],
    {
      FAULTS_CONTROL: control,
    },
  );
  cleanUp.defer(() => end(child));
  const channel = talkTo(child);
  const urls = (await channel.started) as Record<App, string>;
  const pid = (part: Part) => (part === 'google' ? (child.pid ?? 0) : processOf(part, control));
  const limits = new Map<Part, string>();

  const stack = cleanUp.move();
  return {
    urls,
    policy: startingPolicy(),
    database,
    ask: channel.ask,
    onSeen: channel.onSeen,
    signal: (part, signal) => void process.kill(pid(part), signal),
    setClock: async (part, seconds) => {
      // Padded: it is read while it is written.
      writeFileSync(join(control, `${part}.clock`), `${seconds * 1_000}`.padEnd(20), { flag: 'r+' });
      await new Promise((resolve) => setTimeout(resolve, CLOCK_READ_MS));
    },
    limitDescriptors: (part, most) => {
      const of = [`--pid=${pid(part)}`];
      if (most === 'as before') return void execFileSync('prlimit', [...of, `--nofile=${limits.get(part)}:`]);
      const list = ['--nofile', '--noheadings', '--raw', '--output=SOFT'];
      limits.set(part, execFileSync('prlimit', [...of, ...list], { encoding: 'utf8' }).trim());
      execFileSync('prlimit', [...of, `--nofile=${most}:`]);
    },
    log: () => readFileSync(join(control, 'log'), 'utf8'),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The process of an app, which has another id in its own namespace; it is known by its environment. */
function processOf(app: App, control: string): number {
  const its = [`FAULTS_CONTROL=${control}`, `K_SERVICE=${app}`];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (basename(readlinkSync(`/proc/${pid}/exe`)) === 'node' && its.every((one) => env.includes(one)))
        return Number(pid);
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  throw new Error(`there is no process of ${app}`);
}

/** In namespaces of its own, with a small disk for the state, where this machine allows it. */
function spawnProgram(state: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  const node = [process.execPath, '--import', pathToFileURL(here('clock.ts')).href, here('program.ts'), ...args];
  const onSmallDisk = [
    'unshare',
    ...namespaces,
    'sh',
    '-c',
    `mount -t tmpfs -o size=${DISK_MB}m tmpfs "$0" && exec "$@"`,
  ];
  const [command = '', ...rest] = smallDisk() === true ? [...onSmallDisk, state, ...node] : node;
  return spawn(command, rest, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function environments(control: string, database: PostgresServer | undefined) {
  const common = {
    NODE_OPTIONS: `--import=${pathToFileURL(here('clock.ts')).href}`,
    FAULTS_CONTROL: control,
    LOG_LEVEL: 'warn',
  };
  const own = async () => ({ ...common, ...(database && { DATABASE_URL: await createDatabase(database.url) }) });
  return Object.fromEntries(await Promise.all(APPS.map(async (app) => [app, await own()] as const)));
}

function talkTo(child: ChildProcess) {
  const waiting = new Map<number, PromiseWithResolvers<string | undefined>>();
  const listeners: ((seen: Seen) => void)[] = [];
  const started = Promise.withResolvers<Readonly<Record<string, string>>>();
  let last = 0;

  child.on('message', (message: Message) => {
    if ('started' in message) return started.resolve(message.started);
    if ('seen' in message) {
      for (const listener of listeners) listener(message.seen);
      return;
    }
    const asked = waiting.get(message.answer);
    waiting.delete(message.answer);
    if (message.error === undefined) asked?.resolve(message.value);
    else asked?.reject(new Error(message.error));
  });
  child.on('exit', (code, signal) => {
    const error = new Error(`the emulator ended with ${code ?? signal}`);
    started.reject(error);
    for (const asked of waiting.values()) asked.reject(error);
  });
  return {
    started: started.promise,
    onSeen: (listener: (seen: Seen) => void) => void listeners.push(listener),
    ask: (command: Command): Promise<string | undefined> => {
      if (!child.connected) return Promise.reject(new Error('the emulator has ended'));
      const asked = Promise.withResolvers<string | undefined>();
      waiting.set(++last, asked);
      child.send({ id: last, command });
      return asked.promise;
    },
  };
}

/** Ends the emulator and what it started: at the latest when its channel is gone. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGCONT');
  if (child.connected) child.disconnect();
  const kill = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(kill);
}
