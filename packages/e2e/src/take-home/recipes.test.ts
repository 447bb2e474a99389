import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goCaches } from '../real-clients/go-caches.ts';
import { cache, findToolchain, type Toolchain } from '../real-clients/toolchain.ts';
import { repository } from '../support/repository.ts';
import { inProject, type Packed, packAll, succeeds } from './packed.ts';

const recipes = join(repository, 'docs', 'recipes');
const wheels = join(cache, 'recipes', 'wheels');
const maven = { MAVEN_OPTS: `-Dmaven.repo.local=${join(cache, 'recipes', 'maven')}` };

const python = await findToolchain({
  name: 'pytest recipe',
  commands: ['python3'],
  manifests: [join(recipes, 'pytest', 'requirements.txt')],
  install: [
    {
      command: 'python3',
      args: ['-m', 'pip', 'download', '-q', '-d', wheels, '-r', join(recipes, 'pytest', 'requirements.txt')],
    },
  ],
});
const go = await findToolchain({
  name: 'Go recipe',
  commands: ['go'],
  manifests: [join(recipes, 'go', 'go.mod')],
  install: [
    { command: 'go', args: ['mod', 'download'], cwd: join(recipes, 'go'), env: { ...process.env, ...goCaches } },
  ],
});
const java = await findToolchain({
  name: 'JUnit recipe',
  commands: ['java', 'mvn'],
  manifests: [join(recipes, 'junit', 'pom.xml')],
  install: [
    {
      command: 'mvn',
      args: ['-q', '-B', '-f', join(recipes, 'junit', 'pom.xml'), 'dependency:go-offline'],
      env: { ...process.env, ...maven },
    },
  ],
});
const node: Toolchain = { title: 'Node', missing: false };

interface Recipe {
  readonly name: string;
  readonly toolchain: Toolchain;
  /** Where packages of the language come from here. */
  readonly env?: NodeJS.ProcessEnv;
  /** What the test runner says when all is well. */
  readonly says: RegExp;
  /** What it says where the stock is public. */
  readonly fails: RegExp;
}

const all: readonly Recipe[] = [
  {
    name: 'pytest',
    toolchain: python,
    env: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    says: /5 passed/,
    fails: /3 failed, 2 passed/,
  },
  { name: 'go', toolchain: go, env: goCaches, says: /^ok\s+example\.com\/shop\s/m, fails: /"stranger": 200, not 403/ },
  { name: 'junit', toolchain: java, env: maven, says: /^(?![\s\S]*FAIL)/, fails: /expected: <403> but was: <200>/ },
  { name: 'vitest', toolchain: node, says: /3 passed/, fails: /2 failed \| 1 passed/ },
  { name: 'node-test', toolchain: node, says: /pass 3/, fails: /fail 2/ },
  { name: 'jest', toolchain: node, says: /3 passed/, fails: /2 failed, 1 passed/ },
];

/** Commands of a page, one a line. */
function commandsOf(name: string): string[] {
  const page = readFileSync(join(recipes, name, 'README.md'), 'utf8');
  const [, block = ''] = /^```sh\n([\s\S]*?)^```$/m.exec(page) ?? [];
  return block.trim().split('\n');
}

let packed: Packed;
/** What npx would fetch: no registry has the packages yet. */
let fetched: string;
beforeAll(async () => {
  packed = await packAll();
  fetched = mkdtempSync(join(tmpdir(), 'run-edges-fetched-'));
  const install = ['npm', 'install', '--no-audit', '--no-fund', '--offline', packed['run-edges']];
  await succeeds(inProject(fetched, install));
}, 300_000);
afterAll(() => {
  rmSync(fetched, { recursive: true, force: true });
});

/** The library, and what it brings along. */
const ours = () => [packed['@run-edges/emulator'], packed['@run-edges/edges']];

describe.each(all)('the recipe $name, $toolchain.title', ({ name, toolchain, env = {}, says, fails }) => {
  const commands = commandsOf(name);

  test('takes three commands at most', () => {
    expect(commands.filter((line) => line !== '').length).toBeGreaterThan(0);
    expect(commands.length).toBeLessThanOrEqual(3);
  });

  test.skipIf(toolchain.missing)(
    'runs as its page says, in a folder of its own, from packed tarballs; and fails where everybody is let in',
    { timeout: 600_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), `run-edges-recipe-${name}-`));
      try {
        const installed = /node_modules|\.venv|target|\/bin$/;
        cpSync(join(recipes, name), folder, {
          recursive: true,
          filter: (file) => !installed.test(file.slice(recipes.length)),
        });
        const sh = (line: string) => inProject(folder, ['sh', '-c', line], { env, timeout: 300_000 });
        if (toolchain !== node) symlinkSync(join(fetched, 'node_modules'), join(folder, 'node_modules'));
        const typed = commands.map((line) => line.replace('@run-edges/emulator', ours().join(' ')));
        for (const line of typed.slice(0, -1)) await succeeds(sh(line));
        const last = typed.at(-1) ?? '';
        const { stdout, stderr } = await succeeds(sh(last));
        expect(stdout + stderr).toMatch(says);

        await succeeds(sh(`sed -i.before 's/^  stock:/&\\n    public: true/' edges.yaml`));
        const without = await sh(last);
        expect(without.code).toBeGreaterThan(0);
        expect(without.stdout + without.stderr).toMatch(fails);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
