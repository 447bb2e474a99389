import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { type Running, runEdges } from '../support/command-line.ts';
import { projectOf } from '../support/repository.ts';

const declaration = `services:
  shop: { public: true, calls: [stock, payments] }
  stock: { calls: [] }
external:
  payments: { url: https://payments-1.europe-west1.run.app }
`;

let app: Server;
let folder: string;
let fronts: string[];
beforeAll(async () => {
  app = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
  await new Promise((resolve) => app.once('listening', resolve));
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  fronts = ['--front', `shop=${url}`, '--front', `stock=${url}`];
  const slow = { start: 'sleep 1000' };
  const gone = { program: 'console.error("no database"); process.exit(3);' };
  folder = realpathSync(projectOf(declaration, { slow, gone }));
  mkdirSync(join(folder, 'deeper'));
  writeFileSync(join(folder, 'broken.yaml'), 'services: { shop: { calls: [stok] }, stock: {} }');
  writeFileSync(join(folder, 'slow.yaml'), 'services: { slow: { source: apps/slow } }');
  writeFileSync(join(folder, 'gone.yaml'), 'services: { gone: { source: apps/gone } }');
  writeFileSync(join(folder, 'unknown.yaml'), 'services: { unknown: { command: no-such-program, source: . } }');
});
afterAll(() => {
  app.close();
  rmSync(folder, { recursive: true, force: true });
});

const exec = (...command: readonly string[]): Running => runEdges(['exec', ...fronts, '--', ...command], folder);
const sh = (script: string): Running => exec('sh', '-c', script);

/** Whether it runs: one that has ended may still be there for a parent that does not look. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('what a command is run with', () => {
  test('has the addresses of everything, and credentials on request; nothing else on standard output', async () => {
    const { code, stdout, stderr } = await exec(process.execPath, '-p', 'JSON.stringify(process.env)').ended;
    expect(code, stderr).toBe(0);
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(env).toMatchObject({
      SHOP_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      STOCK_URL: expect.stringMatching(/^http:/),
      PAYMENTS_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      RUN_EDGES_URL: expect.stringMatching(/^http:/),
      RUN_EDGES_TOKEN: expect.stringMatching(/^\S{32,}$/),
      NO_PROXY: expect.stringContaining('127.0.0.1'),
      PATH: process.env.PATH,
    });
    const pointing = /^(?:GCE_METADATA|CLOUDSDK_|GOOGLE_\w+_CUSTOM_ENDPOINT|K_SERVICE|METADATA)/;
    const added = Object.keys(env).filter((name) => process.env[name] === undefined);
    expect(added.filter((name) => pointing.test(name))).toEqual([]);
    expect(stderr).toContain('Starting shop, stock');
  });

  test('is ready; and whom the gates refuse is for the command to see alone, or for who asks', async () => {
    const asks =
      'for url in $RUN_EDGES_URL/run-edges/v1/ready $SHOP_URL $STOCK_URL/x; do curl -s -o /dev/null -w "%{http_code} " $url; done; exit 7';
    const { code, stdout, stderr } = await sh(asks).ended;
    expect([code, stdout]).toEqual([7, '200 200 403 ']);
    expect(stderr).not.toContain('anonymous');
    const loud = await runEdges(['exec', ...fronts, '--decisions', 'sh', '-c', asks], folder).ended;
    expect([loud.code, loud.stdout]).toEqual([7, '200 200 403 ']);
    expect(loud.stderr).toContain('403 anonymous -> stock GET /x');
  });

  test('stands where the caller stands, gets its words as they are, and reads the caller’s input', async () => {
    const says =
      'process.stdin.pipe(process.stderr); process.stdout.write(JSON.stringify([process.cwd(), ...process.argv.slice(1)]))';
    const words = ['a b', '$HOME', '*', '', '--port', '--help', '--'];
    const { child } = runEdges([
      'exec',
      '--edges',
      '../infra/edges.yaml',
      ...fronts,
      '--',
      'node',
      '-e',
      says,
      ...words,
    ]);
    child.kill('SIGKILL');
    const [command = '', ...args] = child.spawnargs;
    const { code, stdout, stderr } = await runProgram({ command, args, cwd: join(folder, 'deeper'), stdin: 'typed' });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual([join(folder, 'deeper'), ...words]);
    expect(stderr).toMatch(/typed$/);
  });
});

describe('the exit code', () => {
  test.each([
    ['no-such-program', 127, 'run-edges: There is no command "no-such-program". Install it, or write its path'],
    ['./infra/edges.yaml', 126, 'run-edges: "./infra/edges.yaml" cannot be run. Make it executable: chmod +x.'],
  ])('is a shell’s where %s cannot be run', async (command, expected, message) => {
    const { code, stdout, stderr } = await exec(command).ended;
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('Starting');
    const learned = await runEdges(['learn', ...fronts, '--', command], folder).ended;
    expect([learned.code, learned.stdout, learned.stderr]).toEqual([expected, '', stderr]);
  });

  test.each([
    [['--'], "missing required argument 'command'"],
    [['--nonsense', '--', 'true'], "unknown option '--nonsense'"],
    [['--port', 'x', '--', 'true'], 'It takes a whole number'],
  ])('is 2 for wrong usage: %j', async (args, message) => {
    const { code, stdout, stderr } = await runEdges(['exec', ...args], folder).ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain('(run-edges exec --help tells more)');
  });

  test.each([
    ['broken.yaml', 'broken.yaml:1:29: shop calls "stok", which is not declared. Did you mean "stock"?'],
    ['no-such.yaml', 'no-such.yaml: there is no such file.'],
    ['gone.yaml', 'gone ended at start with exit code 3: no database. Mend it, or run it alone:'],
    ['unknown.yaml', 'What starts unknown is not there: install it'],
  ])('is 125 where the services do not come up, and the command is not run: %s', async (file, message) => {
    const { code, stdout, stderr } = await runEdges(['exec', '--edges', file, '--', 'echo', 'ran'], folder).ended;
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toContain(`run-edges: `);
    expect(stderr).toContain(message);
  });
});

describe('a signal', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s is passed on once; the command has its time, and its exit code is the end',
    async (name) => {
      const running = exec(
        process.execPath,
        '-e',
        `let heard = 0;
        for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => { heard++; setTimeout(() => { console.log(name, heard); process.exit(5); }, 200); });
        setInterval(() => undefined, 1000); console.log('waits');`,
      );
      await running.printed('waits');
      running.child.kill(name);
      const { code, stdout } = await running.ended;
      expect([code, stdout]).toEqual([5, `waits\n${name} 1\n`]);
    },
  );

  test('during the start ends it with 128 + n, and the command is not run', async () => {
    const running = runEdges(['exec', '--edges', 'slow.yaml', '--', 'echo', 'ran'], folder);
    await vi.waitFor(() => expect(running.told()).toContain('Starting slow'), { timeout: 20_000 });
    running.child.kill('SIGHUP');
    const { code, stdout } = await running.ended;
    expect([code, stdout]).toEqual([129, '']);
  });

  test('again, some time after the first, ends everything at once that heeds none', async () => {
    const running = sh("trap '' TERM; setsid sleep 1000 & echo $$ $!; while :; do sleep 1; done");
    const pids = (await running.printed('\n')).trim().split(' ').map(Number);
    let ended = false;
    void running.ended.then(() => {
      ended = true;
    });
    while (!ended) {
      running.child.kill('SIGTERM');
      await pause(100);
    }
    expect((await running.ended).code).toBe(143);
    expect(pids).toHaveLength(2);
    await vi.waitFor(() => expect(pids.filter(runs)).toEqual([]));
  });

  test('of the terminal is not passed on: the command has heard it', async () => {
    // A terminal of its own, which sends Ctrl-C to whoever is in front of it.
    const terminal = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen, typed = b'', False
while True:
    try: more = os.read(terminal, 1024)
    except OSError: break
    if not more: break
    seen += more
    if b'waits' in seen and not typed:
        typed = True
        os.write(terminal, b'\\x03')
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
    const counts = `let heard = 0; process.on('SIGINT', () => { if (++heard === 1) setTimeout(() => { console.log('heard ' + heard); process.exit(9); }, 500); }); setInterval(() => undefined, 1000); console.log('waits');`;
    const { child } = exec(process.execPath, '-e', counts);
    child.kill('SIGKILL');
    const args = ['-c', terminal, ...child.spawnargs];
    const { code, stdout, stderr } = await runProgram({ command: 'python3', args, cwd: folder });
    expect(stdout, stderr).toContain('heard 1');
    expect(code).toBe(9);
  });
});

test.runIf(process.platform === 'linux')('what a command leaves behind is ended, and said', async () => {
  const { code, stdout, stderr } = await sh('(setsid sleep 1000 >/dev/null 2>&1 & echo $!); exit 4').ended;
  expect(code, stderr).toBe(4);
  expect(runs(Number(stdout))).toBe(false);
  expect(stderr).toMatch(new RegExp(`ended what the command left behind: s\\w+ \\(${Number(stdout)}\\)`));
});
