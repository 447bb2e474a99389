import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Container, type ContainerState, createContainer } from './container.ts';
import type { Probes } from './probe.ts';
import { startProcessGroup } from './process-group.ts';
import type { Entrypoint } from './start-command.ts';

const started: Container[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((container) => container.stop()));
});

/** The probes of a container of which nothing is said but how long it may take to listen. */
function probesWithin(timeout: number): Probes {
  const times = { initialDelay: 0, timeout, period: 240_000, failureThreshold: 1, successThreshold: 1 };
  return {
    container: undefined,
    startup: { name: 'STARTUP', check: { kind: 'TCP' }, shownPort: 8080, isDefault: true, ...times },
  };
}

/** A container whose app is this program; its state changes and logs are kept. */
function containerOf(
  program: string,
  options: { startTimeout?: number; stopGrace?: number; env?: Record<string, string> } & Entrypoint = {},
) {
  const { startTimeout = 20_000, env = {}, ...rest } = options;
  const source = mkdtempSync(join(tmpdir(), 'container-'));
  onTestFinished(() => rmSync(source, { recursive: true, force: true }));
  writeFileSync(
    join(source, 'package.json'),
    JSON.stringify({ type: 'module', scripts: { start: `${process.execPath} app.js` } }),
  );
  writeFileSync(join(source, 'app.js'), program);
  const states: ContainerState[] = [];
  const logs: string[] = [];
  let port = 0;
  const container = createContainer({
    service: 'app',
    source,
    env,
    startProcess: startProcessGroup,
    probes: probesWithin(startTimeout),
    ...rest,
    onLog: (line) => logs.push(line),
    onState(state, at) {
      states.push(state);
      if (state === 'ready') port = at;
    },
  });
  started.push(container);
  return { container, states, logs, url: () => `http://127.0.0.1:${port}` };
}

const server = `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/crash') process.exit(3);
  response.end(JSON.stringify({ pid: process.pid, env: process.env }));
}).listen(process.env.PORT, '0.0.0.0');
`;

test('an app that ends at start is told with its exit code and last line', async () => {
  const { container, states } = containerOf('console.error("no database"); process.exit(7);');
  await expect(container.start()).rejects.toMatchObject({
    code: 'CRASHED_AT_START',
    message: 'app ended at start with exit code 7: no database.',
  });
  expect(states).toEqual(['starting', 'crashed']);
});

test('of an error that nobody caught the error is told, not what Node writes below it', async () => {
  const { container } = containerOf('throw Object.assign(new Error("no database"), { code: "E_DB" });');
  await expect(container.start()).rejects.toMatchObject({
    message: 'app ended at start with exit code 1: Error: no database.',
  });
});

test('of a JSON log line only the message is told', async () => {
  const { container } = containerOf(
    'console.log(JSON.stringify({ severity: "ERROR", message: "PORT is taken" })); process.exit(1);',
  );
  await expect(container.start()).rejects.toThrow('exit code 1: PORT is taken');
});

test('an app that does not listen is ended and told', async () => {
  const { container } = containerOf('setInterval(() => {}, 1000);', { startTimeout: 300 });
  await expect(container.start()).rejects.toMatchObject({
    code: 'START_TIMEOUT',
    mend: expect.stringContaining('PORT'),
  });
});

test('stopping while it starts ends it and starts nothing again', async () => {
  const { container, states } = containerOf('setInterval(() => {}, 1000);');
  const starting = container.start();
  await vi.waitFor(() => expect(states).toEqual(['starting']));
  await container.stop();
  await starting;
  expect(states).toEqual(['starting', 'stopped']);
});

test('the app sees its own environment and nothing of the developer’s', async () => {
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/home/me/key.json');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const { container, url } = containerOf(server, { env: { HOME: '/nowhere', MINE: '1' } });
  await container.start();
  vi.unstubAllEnvs();
  const { env } = (await (await fetch(url())).json()) as { env: Record<string, string> };
  expect(env).toMatchObject({ HOME: '/nowhere', MINE: '1', PORT: new URL(url()).port });
  expect(Object.keys(env)).not.toContain('GOOGLE_APPLICATION_CREDENTIALS');
  expect(Object.keys(env)).not.toContain('AWS_SECRET_ACCESS_KEY');
});

test('a crashed app comes up again', async () => {
  const { container, states, url } = containerOf(server);
  await container.start();
  await fetch(`${url()}/crash`).catch(() => undefined);
  await vi.waitFor(() => expect(states).toEqual(['starting', 'ready', 'crashed', 'starting', 'ready']), {
    timeout: 25_000,
  });
  expect((await fetch(url())).status).toBe(200);
});

test('SIGTERM is given first, and heard', async () => {
  const { container, logs } = containerOf(
    `${server} process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });`,
  );
  await container.start();
  await container.stop();
  expect(logs).toEqual(['bye']);
});

test('an app that does not heed SIGTERM is killed after the grace period', async () => {
  const { container, url } = containerOf(`${server} process.on('SIGTERM', () => {});`, { stopGrace: 200 });
  await container.start();
  await container.stop();
  await expect(fetch(url())).rejects.toThrow();
});

test('an app does not outlive a parent that is killed', async () => {
  const { spawn } = await import('node:child_process');
  const group = new URL('./process-group.ts', import.meta.url).href;
  const program = `
    const { startProcessGroup } = await import(${JSON.stringify(group)});
    startProcessGroup('echo $$; exec sleep 1000', { cwd: '/', env: { PATH: process.env.PATH } }).child.stdout.pipe(process.stdout);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(`${line}`);
  expect(() => process.kill(child, 0)).not.toThrow();
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow('ESRCH'), { timeout: 25_000 });
});
