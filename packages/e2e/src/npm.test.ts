import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Output, runProgram } from './real-clients/run-program.ts';
import { repository } from './support/repository.ts';

let folder: string;
let project: string;
let elsewhere: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-npm-'));
  [project, elsewhere] = [join(folder, 'project'), join(folder, 'elsewhere')];
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
  mkdirSync(join(project, 'infra'));
  mkdirSync(elsewhere);
  const cli = join(repository, 'packages', 'cli', 'bin', 'run-edges.js');
  symlinkSync(cli, join(project, 'node_modules', '.bin', 'run-edges'));
  const scripts = {
    graph: 'run-edges diagram',
    own: 'run-edges diagram --edges infra/edges.yaml',
    spawned: `cd ${JSON.stringify(elsewhere)} && run-edges diagram`,
    other: 'node -e "process.exit(0)"',
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', scripts }));
  for (const [at, service] of [
    [join(project, 'infra', 'edges.yaml'), 'of-the-project'],
    [join(project, 'only.yaml'), 'beside-it'],
    [join(elsewhere, 'mine.yaml'), 'of-the-user'],
  ] as const)
    writeFileSync(at, `services: { ${service}: { serviceAccount: account } }`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What an npm that runs this suite tells its scripts. */
const OF_A_SCRIPT = /^(?:npm_(?:lifecycle|package|command)|INIT_CWD$|RUN_EDGES_|PNPM_|NODE_OPTIONS$)/;

/** The real npm, with the settings of this machine and the Node of this process. */
function npm(cwd: string, ...args: readonly string[]): Promise<Output> {
  const settings = Object.entries(process.env).filter(([name]) => !OF_A_SCRIPT.test(name));
  const env = {
    ...Object.fromEntries(settings),
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    npm_config_update_notifier: 'false',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
  return runProgram({ command: 'npm', args, cwd, env, timeout: 240_000 });
}

describe('flags that npm keeps for itself', () => {
  test('are refused with what to type, whether npm knows them or not', async () => {
    const { code, stdout, stderr } = await npm(project, 'run', 'graph', '--forbidden');
    expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.not.stringContaining('flowchart') });
    expect(stderr).toContain('run-edges: npm took --forbidden for itself.');
    expect(stderr).toContain('as in: npm run graph -- --forbidden');
    expect((await npm(project, 'run', '-s', 'graph', '--edges', 'only.yaml')).code).toBe(2);
    expect(await npm(project, 'run', '-s', 'graph', '--', '--forbidden')).toMatchObject({ code: 0, stderr: '' });
  });

  test('are as little our business as a script that runs something else', async () => {
    expect((await npm(project, 'run', '-s', 'other', '--json', '--yes')).code).toBe(0);
  });
});

describe('a relative path', () => {
  const graph = async (cwd: string, script: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await npm(cwd, '--prefix', project, 'run', '-s', script, ...args);
    expect(code, stderr).toBe(0);
    return /\["(.*)"\]/.exec(stdout)?.[1];
  };

  test('is sought where the user stands who wrote it, and beside the package.json where it is there alone', async () => {
    expect(await graph(elsewhere, 'graph', '--', '--edges', 'mine.yaml')).toBe('of-the-user');
    expect(await graph(elsewhere, 'graph', '--', '--edges', 'only.yaml')).toBe('beside-it');
    expect(await graph(join(project, 'infra'), 'graph', '--', '--edges', 'edges.yaml')).toBe('of-the-project');
  });

  test('of the script itself, and the default, stay where the package.json is', async () => {
    expect(await graph(elsewhere, 'own')).toBe('of-the-project');
    expect(await graph(elsewhere, 'graph')).toBe('of-the-project');
    expect(await graph(project, 'spawned', '--', '--edges', 'mine.yaml')).toBe('of-the-user');
  });
});

describe('in a clone', { timeout: 180_000 }, () => {
  test('a flag in the wrong place and a relative path are understood behind the package manager, too', async () => {
    const kept = await npm(elsewhere, '--prefix', repository, 'run', '-s', 'run-edges', 'diagram', '--forbidden');
    expect(kept).toMatchObject({ code: 2, stdout: '' });
    expect(kept.stderr).toContain('as in: npm run run-edges -- diagram --forbidden');
    const args = ['run-edges', '--', 'diagram', '--edges', 'mine.yaml'];
    const { stdout } = await npm(elsewhere, '--prefix', repository, 'run', '-s', ...args);
    expect(stdout).toContain('of-the-user');
    for (const [script, flag] of [
      ['bench', '--json'],
      ['mutants', '--seed'],
    ] as const)
      expect((await npm(repository, 'run', '-s', script, flag)).stderr).toContain(
        `npm took ${flag} for itself. Write: npm run ${script} -- ${flag}`,
      );
    const { code, stderr } = await npm(repository, 'test', '--all');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('Write: npm test -- --all') });
  });

  test('nothing is said of the build', async () => {
    const { code, stdout, stderr } = await npm(repository, 'run', '-s', 'explain', '--', 'login', 'search');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^login -> search: 403 forbidden/);
  });

  test('what fails quietly tells all of it', async () => {
    const quietly = join(repository, '.config', 'quietly.mjs');
    const run = (script: string) => runProgram({ command: process.execPath, args: [quietly, 'sh', '-c', script] });
    expect(await run('echo said; echo told >&2')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await run('echo said; echo told >&2; exit 3')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: 'said\ntold\n',
    });
    const missing = await runProgram({ command: process.execPath, args: [quietly, 'no-such-program'] });
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain('no-such-program');
  });
});
