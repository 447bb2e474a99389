import { execFileSync } from 'node:child_process';
import { matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { createVitest } from 'vitest/node';
import { slow, slowFiles } from './slow.ts';
import { leftOut, suites } from './suites.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Every file of tests, and the projects that run it. */
const projects = new Map<string, string[]>();
beforeAll(async () => {
  const vitest = await createVitest('test', { root, config: '.config/vitest.config.ts', watch: false });
  for (const { project, moduleId } of await vitest.globTestSpecifications()) {
    const file = relative(root, moduleId);
    projects.set(file, [...(projects.get(file) ?? []), project.name]);
  }
  await vitest.close();
});
const slowOnes = () => [...projects].filter(([, names]) => names.includes('slow')).map(([file]) => file);

test('every file of tests is run by one project, and each project by one suite', () => {
  const run = suites(true).filter(([program]) => program === 'vitest');
  const names = [...new Set([...projects.values()].flat())];
  const runs = (suite: readonly string[], name: string) => {
    const asked = suite.filter((_, at) => suite[at - 1] === '--project');
    return asked.includes(name) || (asked.every((one) => one.startsWith('!')) && !asked.includes(`!${name}`));
  };
  expect(names.filter((name) => run.filter((suite) => runs(suite, name)).length !== 1)).toEqual([]);
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'];
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  expect([...projects.keys()].toSorted()).toEqual(files.toSorted());
  expect([...projects].filter(([, names]) => names.length !== 1)).toEqual([]);
});

test('the slow project has what is listed, and nothing is listed that is gone', () => {
  const found = slowOnes();
  expect(slowFiles.filter((glob) => !found.some((file) => matchesGlob(file, glob)))).toEqual([]);
});

test('what matters most is never left out', () => {
  const always =
    /^packages\/e2e\/src\/(?:edge-matrix|refusals|storage\/|hostile\/(?:service|target))|attack|gate-raw|truth-table/;
  const matters = [...projects.keys()].filter((file) => always.test(file));
  expect(matters.length).toBeGreaterThan(10);
  expect(matters.filter((file) => slowOnes().includes(file))).toEqual([]);
});

test('all is what is quick, and what that leaves out by its name', () => {
  const [quickAuth, quick, browser] = suites(false);
  const [auth, tests, ...more] = suites(true);
  expect(quickAuth).toEqual([...(auth ?? []), '--tags-filter', '!slow']);
  expect(auth).toEqual(expect.arrayContaining(['--coverage', 'auth']));
  expect(quick).toEqual([...(tests ?? []), '--project', '!slow', '--tags-filter', '!slow']);
  expect(browser).toEqual([...(more.at(-1) ?? []), '--grep-invert', '@slow']);
  expect(more.flat()).toEqual(expect.arrayContaining(['containers', 'infra/mutants/src/main.ts']));
});

test('what is left out is told in one line, with how to run it', () => {
  expect(leftOut()).toMatch(/^.*npm test -- --all.*$/);
  expect(Object.keys(slow).filter((name) => !leftOut().includes(name))).toEqual([]);
});
