import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { callersOf, parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runEdges } from './support/command-line.ts';
import { copyOfDeclaration, edgesFile, repository } from './support/repository.ts';

const readme = readFileSync(join(repository, 'README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)\`\`\`$`, 'gm'))].map((match) => match[1] ?? '');

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startEmulator({ edges: edgesFile });
});
afterAll(() => cloud.stop());

test('the picture is the declaration', async () => {
  const { stdout } = await runEdges(['diagram']).ended;
  expect(blocks('mermaid')).toEqual([stdout]);
});

test('the matrix is what the command prints', async () => {
  const { stdout } = await runEdges(['check']).ended;
  expect(blocks('text')).toEqual([stdout]);
});

test('the edge that it adds is allowed, and nothing else changes', async () => {
  const [service = ''] = blocks('yaml').filter((block) => block.startsWith('  login:'));
  const { folder, edit } = copyOfDeclaration();
  edit((text) => text.replace(/^ {2}login:\n(?: {4}.*\n)+/m, service));
  const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
  const { code, stdout } = await runEdges(['check', '--json'], folder, { env }).ended;
  const cells = JSON.parse(stdout) as { caller: string; receiver: string; actual: string }[];
  const allowed = cells.filter(({ receiver, actual }) => receiver === 'search' && actual === 'allowed');
  expect({ code, callers: allowed.map(({ caller }) => caller) }).toEqual({
    code: 0,
    callers: ['login', 'user-profiles'],
  });
  rmSync(folder, { recursive: true });
});

test('the example of a larger file is a declaration', () => {
  const examples = blocks('yaml').filter((block) => block.startsWith('services:'));
  expect(examples).toHaveLength(1);
  for (const example of examples) {
    const declaration = parseDeclaration(example, 'edges.yaml');
    expect(callersOf(declaration).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['job', 'workerPool', 'principal']),
    );
    expect(declaration.external).toHaveLength(1);
  }
});

test('calling by hand gives what the README says', async () => {
  const [script = ''] = blocks('sh').filter((block) => block.includes('curl'));
  const here = script
    .replaceAll('http://127.0.0.1:8080', cloud.url)
    .replaceAll('http://127.0.0.1:8083', cloud.service('search').url);
  const { stdout: printed } = await promisify(execFile)('bash', ['-ec', here], { timeout: 20_000 });
  expect(printed).toMatch(/^HTTP\/1\.1 403 Forbidden/);
  expect(printed).toMatch(/caller: 'login',\s+receiver: 'search',/);
  expect(printed).toContain("rule: 'not-an-invoker'");
});

test('every folder and file that it links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!http)([^)#]+)\)/g)].map((match) => match[1] ?? '');
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) expect(() => readFileSync(join(repository, link)), link).not.toThrow(/ENOENT/);
});
