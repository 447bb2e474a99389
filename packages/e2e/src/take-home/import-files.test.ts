import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declaredCalls, readDeclaration } from '@run-edges/edges';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runEdges } from '../support/command-line.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-import-'));
  mkdirSync(join(folder, 'infra'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]) => runEdges(['import', ...args], folder).ended;

const compose = `services:
  web: { build: web, environment: { API_URL: "http://api:8080", TOKEN: hunter2-hunter2 } }
  api: { build: ./api }
  db: { image: postgres }
`;

test('a compose file, from where the declaration will stand', async () => {
  writeFileSync(join(folder, 'compose.yaml'), compose);
  const { code, stdout, stderr } = await run('--compose', 'compose.yaml', '--output', 'infra/edges.yaml');
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('db is left out: postgres is no service of Cloud Run.');
  expect(stderr).toContain('TOKEN');
  const file = join(folder, 'infra', 'edges.yaml');
  const declaration = readDeclaration(file);
  expect(declaredCalls(declaration)).toEqual(['web api']);
  expect(declaration.services.map(({ source }) => source)).toEqual([join(folder, 'web'), join(folder, 'api')]);
  expect(readFileSync(file, 'utf8') + stderr).not.toContain('hunter2');
  const written = readFileSync(file, 'utf8');

  // Whatever there is to import, it is not looked at where it would not be written.
  const again = await run('--compose', 'gone.yaml', '--output', 'infra/edges.yaml');
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('infra/edges.yaml is there already. Name another file, or add --force.');
  expect(readFileSync(file, 'utf8')).toBe(written);
  expect((await run('--compose', 'compose.yaml', '--env', '--force', '--output', 'infra/edges.yaml')).code).toBe(0);
});

test.each([
  [[], 2, 'name what to import: --project, --terraform or --compose'],
  [['--terraform', 'a', '--compose', 'b'], 2, '--terraform and --compose are two sources'],
  [['--project', 'NO'], 2, 'It takes a project id'],
  [['--compose', 'gone.yaml'], 1, 'gone.yaml cannot be read (ENOENT). Check the path'],
  [['--terraform', 'infra'], 1, 'infra cannot be read (EISDIR)'],
  [['--terraform', 'rubbish'], 1, 'That is no JSON. Give what this prints: terraform show -json'],
  [['--compose', 'rubbish'], 1, 'rubbish has no services of compose'],
])('%j is refused in a line', async (args, expected, said) => {
  writeFileSync(join(folder, 'rubbish'), Buffer.from([0, 159, 146, 150, 255, 123]));
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/\n\s+at /);
});
