import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const names = ['front', 'middle', 'depths'];
/** Nothing answers there; a gate answers all the same. */
const fronts = names.flatMap((name) => ['--front', `${name}=http://127.0.0.1:9`]);

/** A repository of somebody else, with three services that run already, and the packages as they are published. */
export interface Project extends AsyncDisposable {
  /** Milliseconds from the start of a command until the last gate answers. */
  untilGates(command: readonly string[]): Promise<number>;
  /** Milliseconds that a command takes, and must succeed. */
  took(command: readonly string[]): Promise<number>;
  /** Takes away what npx has installed, but not what npm has kept of it. */
  forget(): void;
  /** `npx` of the tarball, without anything in the project. */
  readonly npx: readonly string[];
  /** What npx runs, installed in the project. */
  readonly installed: readonly string[];
  readonly fronts: readonly string[];
}

export async function makeProject(): Promise<Project> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-start-')));
  const cache = join(folder, 'npm');
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_registry)/i.test(name))),
    PATH: [dirname(process.execPath), process.env.PATH].join(':'),
    npm_config_cache: cache,
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
  const start = ([command = '', ...args]: readonly string[], more: NodeJS.ProcessEnv = {}, cwd = folder) =>
    spawn(command, args, { cwd, env: { ...env, ...more }, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const took = async (command: readonly string[], more: NodeJS.ProcessEnv = {}, cwd = folder) => {
    const begun = performance.now();
    const child = start(command, more, cwd);
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${told}`);
    return performance.now() - begun;
  };

  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  writeFileSync(
    join(folder, 'edges.yaml'),
    'services:\n  front: { public: true, calls: [middle] }\n  middle: { calls: [depths] }\n  depths: {}\n',
  );
  await took(
    [process.execPath, join(root, '.config/pnpm.mjs'), '--silent', 'run', 'pack:all'],
    { PACKED: folder },
    root,
  );
  const tarball = readdirSync(folder).find((file) => /^run-edges-\d.*\.tgz$/.test(file));
  if (tarball === undefined) throw new Error('There is no tarball of the command.');
  await took(['npm', 'install', '--save-dev', `./${tarball}`]);

  return {
    fronts,
    npx: ['npx', '--yes', `--package=${join(folder, tarball)}`, 'run-edges'],
    installed: [join(folder, 'node_modules/.bin/run-edges')],
    forget: () => rmSync(join(cache, '_npx'), { recursive: true, force: true }),
    took,
    async untilGates(command) {
      const port = await freePort();
      const begun = performance.now();
      const child = start([...command, 'front', '--port', `${port}`, ...fronts]);
      const ended = once(child, 'close');
      try {
        while (!(await answers(port + names.length))) {
          if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${child.exitCode}.`);
          await pause(5);
        }
        return performance.now() - begun;
      } finally {
        // npx and what it runs.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
        await ended;
      }
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The API's, with others above it for the gates. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return Math.min(port, 60_000);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => resolve(response.resume() !== undefined)).on(
      'error',
      () => resolve(false),
    );
  });
}
