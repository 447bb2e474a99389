import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Output, type Program, runProgram } from '../real-clients/run-program.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { useRealGcloud } from './on-path.ts';
import { type LoadedGcloud, startGcloudServer } from './start-server.ts';

useRealGcloud();
const { title, missing } = await findToolchain({ name: 'gcloud, loaded once', commands: ['sh', 'gcloud'] });
const real = process.env.PATH ?? '';

const folder = mkdtempSync(join(tmpdir(), 'run-edges-gcloud-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that is waited for here comes soon, but for a machine that is slow. */
const soon = { timeout: 30_000, interval: 50 };

describe.skipIf(missing)(title, { timeout: 120_000 }, () => {
  let server: LoadedGcloud;
  let fast: string;
  beforeAll(async () => {
    server = (await startGcloudServer()) as LoadedGcloud;
    fast = [server.bin, real].join(delimiter);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const plain = {
    HOME: folder,
    CLOUDSDK_CONFIG: join(folder, 'config'),
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
  };

  /** Runs it with both; says what both did. */
  async function both(
    args: readonly string[],
    { env = {}, ...options }: Omit<Program, 'command'> = {},
  ): Promise<Output> {
    const run = (PATH: string) =>
      runProgram({ command: 'gcloud', args, cwd: folder, ...options, env: { ...plain, PATH, ...env } });
    const [ours, theirs] = await Promise.all([run(fast), run(real)]);
    expect(ours).toEqual(theirs);
    return ours;
  }
  const shell = (script: string, PATH: string) =>
    runProgram({ command: 'sh', args: ['-c', script], cwd: folder, env: { ...plain, PATH } });

  test('is the same program, with the same Python, libraries and folders', async () => {
    const keys = ['basic', 'config.paths', 'config.properties', 'installation.python_path', 'installation.components'];
    const { stdout } = await both(['info', `--format=json(${keys.join()})`]);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['basic', 'config', 'installation']);
    expect((await both(['version'])).stdout).toContain('Google Cloud SDK');
  });

  test.each([
    ['config list --no-such-flag', 2],
    ['no-such-group list', 2],
    ['config set no-such-section/x y', 1],
    ['config get core/project', 0],
    ['auth print-access-token', 1],
    ['run services describe x --project=p --region=us-central1', 1],
    ['run deploy --help', 0],
  ])('%s ends with %i, and says the same', async (line, expected) => {
    expect((await both(line.split(' '), { env: { CLOUDSDK_CORE_DISABLE_PROMPTS: '1' } })).code).toBe(expected);
  });

  test('a property of the environment, of a configuration, of another one that is made active: each command reads its own', async () => {
    const CLOUDSDK_CONFIG = join(folder, 'several');
    const value = async (env: Record<string, string>) =>
      (await both(['config', 'get', 'core/project'], { env: { CLOUDSDK_CONFIG, ...env } })).stdout.trim();
    const change = (...args: string[]) =>
      runProgram({ command: 'gcloud', args: ['config', ...args], env: { ...plain, PATH: fast, CLOUDSDK_CONFIG } });
    expect(await value({})).toBe('');
    expect(await value({ CLOUDSDK_CORE_PROJECT: 'of-the-environment' })).toBe('of-the-environment');
    expect(await change('set', 'core/project', 'of-default')).toMatchObject({ code: 0 });
    expect(await value({})).toBe('of-default');
    expect(await change('configurations', 'create', 'second')).toMatchObject({ code: 0 });
    expect(await change('set', 'core/project', 'of-second')).toMatchObject({ code: 0 });
    expect(await value({})).toBe('of-second');
    expect(await value({ CLOUDSDK_ACTIVE_CONFIG_NAME: 'default' })).toBe('of-default');
    expect(await change('configurations', 'activate', 'default')).toMatchObject({ code: 0 });
    expect(await value({})).toBe('of-default');
    expect(await value({ CLOUDSDK_CONFIG: join(folder, 'nothing-there') })).toBe('');
  });

  test('without CLOUDSDK_CONFIG its folder is in HOME, wherever that is', async () => {
    for (const name of ['one', 'two']) {
      const env = { HOME: join(folder, name), CLOUDSDK_CONFIG: undefined };
      const { stdout } = await both(['info', '--format=value(config.paths.global_config_dir)'], { env });
      expect(stdout.trim()).toBe(join(folder, name, '.config', 'gcloud'));
    }
  });

  test.each<readonly [string, Record<string, string>]>([
    ['another verbosity', { CLOUDSDK_CORE_VERBOSITY: 'none' }],
    ['no output', { CLOUDSDK_CORE_USER_OUTPUT_ENABLED: 'false' }],
    ['a universe of its own', { CLOUDSDK_CORE_UNIVERSE_DOMAIN: 'example.com' }],
    ['a Python that is none', { CLOUDSDK_PYTHON: '/dev/null' }],
    ['Python told to be strict', { PYTHONWARNINGS: 'error' }],
    ['other bytes than UTF-8', { LC_ALL: 'xx_XX.ISO-8859-1' }],
    ['a terminal of another kind', { TERM: 'xterm', COLUMNS: '40' }],
    ['a metadata server that is none', { GCE_METADATA_ROOT: '127.0.0.1:9', GCE_METADATA_HOST: '127.0.0.1:9' }],
    ['completion', { _ARGCOMPLETE: '1', COMP_LINE: 'gcloud ru', COMP_POINT: '9' }],
  ])('with %s it does the same', async (_what, env) => {
    await both(['projects', 'describe', 'p', '--format=json'], { env });
  });

  test('what comes on standard input is read, and what does not is not waited for', async () => {
    const key = await both(['auth', 'activate-service-account', '--key-file=-'], { stdin: '{"type": "rubbish"}' });
    expect(key.stderr).toContain('ERROR');
    const asked = ['config', 'configurations', 'delete', 'unwanted'];
    const make = `gcloud config configurations create unwanted --no-activate`;
    expect((await shell(make, real)).code).toBe(0);
    expect((await both(asked, { stdin: 'n\n' })).stderr).toContain('Aborted by user');
    for (const script of [`gcloud ${asked.join(' ')} <&-`, 'gcloud config list 2>&-', 'gcloud --help | head -n 1'])
      expect(await shell(script, fast), script).toEqual(await shell(script, real));
  });

  test('files are named from where it runs, and made with its umask', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere', 'flags.yaml'), '--format: value(core.project)\n');
    const env = { CLOUDSDK_CORE_PROJECT: 'here' };
    const flags = ['config', 'list', '--flags-file=flags.yaml'];
    expect((await both(flags, { env, cwd: join(folder, 'elsewhere') })).stdout.trim()).toBe('here');
    expect((await both(flags, { env })).code).not.toBe(0);
    const modes = [];
    for (const PATH of [fast, real]) {
      const made = join(folder, `masked-${modes.length}`);
      await shell(`umask 077; CLOUDSDK_CONFIG='${made}' gcloud config set core/project p`, PATH);
      modes.push(statSync(join(made, 'configurations', 'config_default')).mode.toString(8));
    }
    expect(modes[0]).toBe(modes[1]);
  });

  test('commands at the same time have each its own environment and output', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `project-${index}`);
    const printed = names.map((CLOUDSDK_CORE_PROJECT) =>
      runProgram({
        command: 'gcloud',
        args: ['config', 'get', 'core/project'],
        env: { ...plain, PATH: fast, CLOUDSDK_CORE_PROJECT },
      }),
    );
    expect((await Promise.all(printed)).map(({ stdout }) => stdout.trim())).toEqual(names);
  });

  /** A command that waits for an answer that does not come. */
  async function waiting(PATH: string) {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    await once(silent, 'listening');
    const connected = once(silent, 'connection') as Promise<[NodeJS.EventEmitter]>;
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const overrides = {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: url,
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token,
    };
    const child = spawn('gcloud', ['projects', 'describe', 'p'], {
      env: { ...plain, PATH, ...overrides },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const ended = once(child, 'close').then(async ([code, signal]) => ({
      ...{ code, signal, stdout: await stdout },
      stderr: await stderr,
    }));
    const [socket] = await connected;
    return { child, ended, disconnected: once(socket, 'close') };
  }
  const token = join(folder, 'token');
  writeFileSync(token, 'a-token');

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends it as it ends a process of its own', async (signal) => {
    const ends = [];
    for (const PATH of [fast, real]) {
      const { child, ended, disconnected } = await waiting(PATH);
      child.kill(signal);
      ends.push(await ended);
      await disconnected;
    }
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[0]).toMatchObject({ code: null, signal });
  });

  test('killed, it leaves no process, and others are run', async () => {
    const { child, ended, disconnected } = await waiting(fast);
    expect(childrenOf(server.pid)).toHaveLength(1);
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ signal: 'SIGKILL' });
    await disconnected;
    await vi.waitFor(() => expect(childrenOf(server.pid)).toEqual([]), soon);
    expect((await both(['config', 'get', 'core/project'])).code).toBe(0);
  });

  test('when the tests are killed, nothing is left of it', async () => {
    const starter = `import { startGcloudServer } from ${JSON.stringify(join(import.meta.dirname, 'start-server.ts'))};
const { bin, pid } = await startGcloudServer();
console.log(JSON.stringify({ bin, pid }));
setInterval(() => {}, 1000);`;
    const tests = spawn(process.execPath, ['--input-type=module', '--eval', starter], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(tests.stdout, 'data');
    const { bin, pid } = JSON.parse(String(line)) as Pick<LoadedGcloud, 'bin' | 'pid'>;
    const { ended } = await waiting([bin, real].join(delimiter));
    const [command] = childrenOf(pid);
    tests.kill('SIGKILL');
    expect(await ended).toMatchObject({ code: 70 });
    await vi.waitFor(() => expect([pid, command].filter(runs)).toEqual([]), soon);
    expect(existsSync(dirname(bin))).toBe(false);
  });

  test('where the server is gone, the real one runs', async () => {
    const gone = (await startGcloudServer()) as LoadedGcloud;
    const client = join(folder, 'gone');
    mkdirSync(client);
    execFileSync('cp', [join(gone.bin, 'gcloud'), client]);
    chmodSync(join(client, 'gcloud'), 0o755);
    await gone[Symbol.asyncDispose]();
    const args = ['config', 'get', 'core/project'];
    const env = { ...plain, PATH: [client, real].join(delimiter), CLOUDSDK_CORE_PROJECT: 'p' };
    expect((await runProgram({ command: 'gcloud', args, env })).stdout.trim()).toBe('p');
  });
});

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  return pairs.filter(([, parent]) => parent === pid).map(([child]) => child);
}

function runs(pid: number | undefined): boolean {
  return pid !== undefined && existsSync(`/proc/${pid}`);
}
