import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { declaredCalls, readDeclaration } from '@run-edges/edges';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goCaches } from '../real-clients/go-caches.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { runEdges } from '../support/command-line.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
const run = (...args: readonly string[]) => runEdges(args, folder, { env: goCaches }).ended;

const manifest = JSON.stringify({ type: 'module', scripts: { start: 'node server.js' } });
const server = (more = '') => `import { createServer } from 'node:http';
${more}
// app.get('/health', health)
createServer((request, response) => response.end('ok')).listen(process.env.PORT);
`;
const node = {
  'web/package.json': manifest,
  'web/server.js': server('const api = process.env.API_URL;'),
  'services/api/package.json': manifest,
  'services/api/server.js': server(),
};

const python = `import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("STOCK_URL", "none").encode())

if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

const go = `package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(os.Getenv("STOCK_URL"))) })
	http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
`;

/** init, and what it says to run next, word for word. */
async function initThenTest(): Promise<{ readonly said: string; readonly tested: Awaited<ReturnType<typeof run>> }> {
  const { code, stdout, stderr } = await run('init');
  expect(code, stderr).toBe(0);
  // What it says to build first.
  for (const [line] of stdout.matchAll(/^ {2}go build .*$/gm)) {
    const [program = '', ...args] = line.trim().split(' ');
    const env = { ...process.env, ...goCaches };
    const built = await runProgram({ command: program, args, cwd: folder, env, timeout: 240_000 });
    expect(built.code, built.stderr).toBe(0);
  }
  const [, command = ''] = /npx run-edges exec -- (.*)/.exec(stdout) ?? [];
  return { said: stdout, tested: await run('exec', '--', ...command.trim().split(' ')) };
}

test('two services of Node: the edge that the code shows gets 200, every other call 403', async () => {
  write(node);
  const { said, tested } = await initThenTest();
  expect(said).toContain('web -> api: guess: API_URL is read in web/server.js:2');
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toMatch(/web -> api: 200/);
  expect(tested.stdout).toMatch(/anonymous -> api: 403/);
  expect(tested.stdout).toMatch(/pass 6/);
  expect(declaredCalls(readDeclaration(join(folder, 'edges.yaml')))).toEqual(['web api']);

  // It can fail.
  writeFileSync(
    join(folder, 'edges.yaml'),
    readFileSync(join(folder, 'edges.yaml'), 'utf8').replace(/ {4}calls:\n.*\n/, ''),
  );
  const { code, stdout } = await run('exec', '--', 'node', '--test', 'edges.test.mjs');
  expect(code).not.toBe(0);
  expect(stdout).toMatch(/not ok|✖/);
});

const pytest = await findToolchain({ name: 'pytest', commands: ['python3', 'pytest'] });
test.skipIf(pytest.missing)(`two services of Python, with ${pytest.title}`, async () => {
  write({
    'shop/requirements.txt': '',
    'shop/main.py': python,
    'stock/requirements.txt': '',
    'stock/main.py': python.replaceAll('STOCK_URL', 'NONE'),
  });
  const { tested } = await initThenTest();
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toContain('6 passed');
});

const golang = await findToolchain({ name: 'go', commands: ['go'] });
test.skipIf(golang.missing)(`two services of Go, with ${golang.title}`, { timeout: 300_000 }, async () => {
  write({
    'go.mod': 'module example.com/acme\n\ngo 1.21\n',
    'cmd/shop/main.go': go,
    'cmd/stock/main.go': go.replaceAll('STOCK_URL', 'NONE'),
  });
  const { tested } = await initThenTest();
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toContain('ok');
});

test('services in Dockerfiles alone, by a shell script', async () => {
  const dockerfile = 'FROM node\nCMD node server.js\n';
  const app = { 'package.json': '{"type":"module"}', 'server.js': server() };
  for (const name of ['web', 'api'])
    write({ [`${name}/Dockerfile`]: dockerfile, [`${name}/server.mjs`]: app['server.js'] });
  write({
    'web/Dockerfile': dockerfile.replace('server.js', 'server.mjs'),
    'api/Dockerfile': dockerfile.replace('server.js', 'server.mjs'),
  });
  const { said, tested } = await initThenTest();
  expect(said).toContain('No edge was found: run-edges learn sees who calls whom.');
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toContain('All edges are as they should be.');
});

test('writes over nothing', async () => {
  write({ ...node, 'edges.test.mjs': '// mine\n' });
  const first = await run('init', '--json');
  expect(first.code, first.stderr).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject({
    services: [
      { name: 'web', source: 'web' },
      { name: 'api', source: 'services/api' },
    ],
    edges: [{ caller: 'web', receiver: 'api' }],
    files: ['edges.yaml'],
  });
  expect(first.stderr).toContain('edges.test.mjs is there already, and stays as it is.');
  expect(readFileSync(join(folder, 'edges.test.mjs'), 'utf8')).toBe('// mine\n');
  const written = readFileSync(join(folder, 'edges.yaml'), 'utf8');
  const second = await run('init', '--yes');
  expect(second).toMatchObject({ code: 1, stdout: '' });
  expect(second.stderr).toContain('edges.yaml is there already. Edit it');
  expect(readFileSync(join(folder, 'edges.yaml'), 'utf8')).toBe(written);
  rmSync(join(folder, 'edges.yaml'));
  write({ 'infra/edges.yaml': 'services: { mine: {} }\n' });
  expect((await run('init', '--yes')).stderr).toContain('infra/edges.yaml is there already');
});

test('where there is no service it says what one is, and writes nothing', async () => {
  write({ 'README.md': '# Nothing', 'lib/package.json': '{"name":"lib"}' });
  const { code, stdout, stderr } = await run('init');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^run-edges: No service was found here\. A service is a folder with a package\.json/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
