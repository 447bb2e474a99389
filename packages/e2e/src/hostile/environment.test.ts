import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Ended, runEdges } from '../support/command-line.ts';
import { projectOf } from '../support/repository.ts';
import { steering } from './hostile-text.ts';
import { serve } from './rubbish.ts';

const folder = mkdtempSync(join(tmpdir(), 'run-edges-environment-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'file');
writeFileSync(file, '');
const locked = join(folder, 'locked');
mkdirSync(locked);
chmodSync(locked, 0o500);

const program = `import { createServer } from 'node:http';
createServer((_, response) => response.end('ok')).listen(process.env.PORT);`;
const project = projectOf('services:\n  app: { public: true }\n  other: {}\n', {
  app: { program },
  other: { program },
});

type Environment = Readonly<Record<string, string | undefined>>;

/** What this machine, or somebody on it, may have set; each is tried where it is read. */
const environments: Readonly<Record<string, Environment>> = {
  'no home': { HOME: undefined, XDG_CACHE_HOME: undefined },
  'an empty home': { HOME: '', XDG_CACHE_HOME: '', TMPDIR: '' },
  'a file for every folder': { HOME: file, XDG_CACHE_HOME: file, XDG_CONFIG_HOME: file, XDG_RUNTIME_DIR: file },
  'a file for temporary files': { TMPDIR: file },
  'folders that cannot be written to': { HOME: locked, XDG_CACHE_HOME: locked },
  'folders with escapes and line breaks': { HOME: '/tmp/\u001b[2J\nx', XDG_CACHE_HOME: '/tmp/\u001b[2J\nx' },
  'a proxy that is none': {
    ...{ http_proxy: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' },
    ...{ all_proxy: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1', no_proxy: undefined, NO_PROXY: undefined },
  },
  'a terminal that is none': {
    TERM: 'dumb',
    COLUMNS: '0',
    LINES: '-1',
    CI: 'x',
    NO_COLOR: undefined,
    FORCE_COLOR: '9x',
  },
  'another language': { LANG: 'xx_XX.\u001b', LC_ALL: '\u001b', LANGUAGE: '', TZ: 'Nowhere/Nothing' },
  'gcloud elsewhere': { CLOUDSDK_CONFIG: file, CLOUDSDK_CORE_PROJECT: '--help', CLOUDSDK_PYTHON: file },
  'credentials of somebody': {
    ...{
      GOOGLE_APPLICATION_CREDENTIALS: file,
      GCE_METADATA_HOST: '169.254.169.254',
      METADATA_SERVER_DETECTION: 'none',
    },
    ...{ K_SERVICE: 'other', K_REVISION: '\n', PORT: '80abc', DATABASE_URL: 'x', STATE_DIR: file, LOG_LEVEL: '\u001b' },
  },
  'nothing on PATH': { PATH: '/nonexistent' },
  'rubbish for run-edges': { RUN_EDGES_DEBUG: '\u001b', RUN_EDGES_TOKEN: 'hunter2\nX: y' },
};

function expectLine({ code, stdout, stderr }: Ended): void {
  for (const output of [stdout, stderr]) {
    expect(steering(output.replaceAll(COLOUR, ''))).toEqual([]);
    expect(output).not.toMatch(/^\s+at |hunter2/m);
  }
  if (code === 0) return;
  expect(code).toBe(1);
  expect(stderr.split('\n').filter((line) => line.startsWith('run-edges: '))).toHaveLength(1);
}

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,2}m`, 'g');

test.each(Object.entries(environments))('with %s a command works, or says in a line why not', async (name, env) => {
  await using silent = await serve((_, response) => response.writeHead(404).end());
  const target = ['--target', silent.url];
  expectLine(await runEdges(['explain', 'app', 'other'], project, { env }).ended);
  expectLine(await runEdges(['env', ...target], project, { env }).ended);
  expectLine(
    await runEdges(['verify', '--project', 'my-project'], project, { env: { PATH: '/nonexistent', ...env } }).ended,
  );
  const checked = await runEdges(['check', '--json'], project, { env }).ended;
  expectLine(checked);
  if (checked.code !== 0) return;
  const cells: { actual: string; expected: string }[] = JSON.parse(checked.stdout);
  expect(cells, name).toHaveLength(8);
  for (const { actual, expected } of cells) expect(actual).toBe(expected);
});

const upper = (proxy: string) => ({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy });
const lower = (proxy: string) => ({ http_proxy: proxy, https_proxy: proxy });
const neither = { HTTP_PROXY: undefined, HTTPS_PROXY: undefined, http_proxy: undefined, https_proxy: undefined };

test.each([
  ['in lower case', lower, {}],
  ['for Node, too', upper, { NODE_USE_ENV_PROXY: '1', NO_PROXY: 'a.example' }],
])('a proxy named %s is told nothing of what this machine is asked', async (_what, named, more) => {
  const asked: (string | undefined)[] = [];
  await using proxy = await serve((request, response) => {
    asked.push(request.url);
    response.writeHead(502).end();
  });
  proxy.server.on('connect', ({ url }, socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  const env = { ...neither, NO_PROXY: undefined, no_proxy: undefined, ...named(proxy.url), ...more };
  expect((await runEdges(['check', '--json'], project, { env }).ended).code).toBe(0);
  const up = runEdges(['up', '--port', '0', '--people', '0'], project, { env });
  const api = /Google's APIs: (\S+)/.exec(await up.printed('Press Ctrl-C'))?.[1] ?? '';
  for (const service of [[], ['app']]) {
    const printed = await runEdges(['env', ...service, '--json', '--target', api], project, { env }).ended;
    const before = 'NO_PROXY' in more ? ['a.example'] : [];
    const names = [...before, '127.0.0.1', 'localhost', '::1'].join(',');
    expect(JSON.parse(printed.stdout)).toMatchObject({ NO_PROXY: names, no_proxy: names });
  }
  up.child.kill('SIGTERM');
  expect((await up.ended).code).toBe(0);
  expect(asked).toEqual([]);
});
