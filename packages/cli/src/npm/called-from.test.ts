import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fileFromWhereCalled, fromWhereCalled } from './called-from.ts';

let root: string;
let project: string;
let user: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-called-')));
  [project, user] = [join(root, 'project'), join(root, 'the', 'user')];
  for (const folder of [project, user]) mkdirSync(folder, { recursive: true });
  vi.spyOn(process, 'cwd').mockReturnValue(project);
  env = { npm_package_json: join(project, 'package.json'), INIT_CWD: user, npm_lifecycle_script: 'run-edges check' };
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

test('what is written behind a script is where its writer stands', () => {
  expect(fromWhereCalled('edges.yaml', env)).toBe(join(user, 'edges.yaml'));
  expect(fromWhereCalled('../edges.yaml', env)).toBe(join(root, 'the', 'edges.yaml'));
  expect(fromWhereCalled('/edges.yaml', env)).toBe('/edges.yaml');
});

test('what the script says itself is beside its package.json', () => {
  env.npm_lifecycle_script = 'run-edges check --edges infra/edges.yaml';
  expect(fromWhereCalled('infra/edges.yaml', env)).toBe('infra/edges.yaml');
});

test('where another package manager stands between, its wrapper says where the writer is', () => {
  const wrapped = { ...env, INIT_CWD: project, npm_lifecycle_script: 'x --edges edges.yaml' };
  const told = { ...wrapped, RUN_EDGES_CALLED_FROM: user, RUN_EDGES_CALLED_IN: project };
  expect(fromWhereCalled('edges.yaml', told)).toBe(join(user, 'edges.yaml'));
});

test('what the wrapper of another project says is not of this one', () => {
  const elsewhere = { ...env, INIT_CWD: project, RUN_EDGES_CALLED_FROM: user };
  for (const RUN_EDGES_CALLED_IN of [user, root, '/nowhere', '', undefined])
    expect(fromWhereCalled('edges.yaml', { ...elsewhere, RUN_EDGES_CALLED_IN })).toBe('edges.yaml');
});

test('a file that is there alone beside the package.json is that', () => {
  writeFileSync(join(user, 'both.yaml'), '');
  expect(fileFromWhereCalled('both.yaml', env)).toBe(join(user, 'both.yaml'));
  expect(fileFromWhereCalled('neither.yaml', env)).toBe(join(user, 'neither.yaml'));
  const here = 'package.json';
  vi.mocked(process.cwd).mockRestore();
  const own = { ...env, npm_package_json: join(process.cwd(), here) };
  expect(fileFromWhereCalled(here, own)).toBe(here);
});

test('nothing is moved where nobody stands elsewhere, without npm, and in what a script starts elsewhere', () => {
  expect(fromWhereCalled('a', { ...env, INIT_CWD: project })).toBe('a');
  expect(fromWhereCalled('a', {})).toBe('a');
  expect(fromWhereCalled('a', { ...env, npm_package_json: join(user, 'package.json') })).toBe('a');
  expect(fromWhereCalled('a', { ...env, npm_package_json: '/nowhere/package.json' })).toBe('a');
});

test('a project behind a link is the same project', () => {
  symlinkSync(project, join(root, 'link'));
  expect(fromWhereCalled('a', { ...env, npm_package_json: join(root, 'link', 'package.json') })).toBe(join(user, 'a'));
});
