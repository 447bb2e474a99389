import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { blocksFor } from '@run-edges/audit/block-rules';
import { startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts, until } from '../compose/stack.ts';
import { type Output, runProgram } from '../real-clients/run-program.ts';
import { readerFolder, yamlOf } from './reader-folder.ts';

/** Every program of a page: compiled against what was built, and run in a repository of the reader's own. */

const blocks = blocksFor('packages/e2e/src/pages/program.test.ts').map((block) => ({
  ...block,
  at: `${block.page}:${block.line}`,
  name: `${block.page.replaceAll(/\W+/g, '-')}-${block.line}${/from 'vitest'/.test(block.text) ? '.test' : ''}`,
}));
const folder = readerFolder();
/** Where the programs of a page run: beside the edges.yaml that it shows. */
const folders = new Map([...new Set(blocks.map(({ page }) => page))].map((page) => [page, readerFolder(yamlOf(page))]));
afterAll(() => {
  for (const one of [folder, ...folders.values()]) one[Symbol.dispose]();
});

const compilerOptions = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  allowJs: true,
  rootDir: 'written',
  outDir: 'out',
};

/** What the compiler says of the programs in a folder. */
async function compile(): Promise<string> {
  writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['written'] }));
  const tsc = join(folder.bin, 'tsc');
  return (await runProgram({ command: tsc, args: ['-p', '.', '--pretty', 'false'], cwd: folder.path })).stdout;
}

let complaints: string;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  mkdirSync(join(folder.path, 'written'));
  for (const { name, info, text } of blocks)
    writeFileSync(join(folder.path, 'written', `${name}.${info.split(' ')[0]}`), text);
  complaints = await compile();
  const cloud = await startEmulator({ edges: join(folder.path, 'infra', 'edges.yaml') });
  env = {
    ...cloud.service('user-profiles').env,
    ...cloud.service('login').env,
    ...cloud.env('login'),
    PATH: [folder.bin, process.env.PATH].join(delimiter),
    RUN_EDGES_URL: cloud.url,
  };
  return () => cloud.stop();
});

interface Written {
  readonly name: string;
  readonly page: string;
}

const built = (name: string) => join(folder.path, 'out', `${name}.js`);

/** Runs a program to its end. */
function run({ name, page }: Written): Promise<Output> {
  const vitest = join(folder.path, 'node_modules', 'vitest', 'vitest.mjs');
  const args = name.endsWith('.test') ? [vitest, 'run', '--root', folder.path, built(name)] : [built(name)];
  return runProgram({ command: process.execPath, args, cwd: folders.get(page)?.path ?? '', env });
}

/** Runs a server until it has answered, and ends it as Cloud Run would. */
async function serve({ name, page }: Written): Promise<Output & { readonly status: number }> {
  const port = await freePorts(1);
  const child = spawn(process.execPath, [built(name)], {
    cwd: folders.get(page)?.path,
    env: { ...env, PORT: `${port}` },
  });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const answers = async () => (await fetch(`http://127.0.0.1:${port}/`)).status;
  let status = 0;
  await until(`${name} answers`, async () => {
    status = await answers().catch(() => 0);
    return status !== 0 || child.exitCode !== null;
  });
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  const [stdout, stderr] = await output;
  return { code: signal === 'SIGTERM' ? 0 : code, stdout, stderr, status };
}

test.each(blocks)('$at compiles, and runs', async ({ name, page, info }) => {
  const lines = complaints.split('\n').filter((line) => line.startsWith(`written/${name}.`));
  expect(lines).toEqual([]);
  if (info.endsWith(' stays')) {
    const { status, code, stdout, stderr } = await serve({ name, page });
    expect({ code, answered: status > 0 }, `${stdout}\n${stderr}`).toEqual({ code: 0, answered: true });
  } else {
    const { code, stdout, stderr } = await run({ name, page });
    expect(code, `${stdout}\n${stderr}`).toBe(0);
  }
});
