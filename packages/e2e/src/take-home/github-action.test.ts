import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Output } from '../real-clients/run-program.ts';
import { repository } from '../support/repository.ts';
import { inProject } from './packed.ts';

/** Every step of the action, as a runner would run it: its expressions in env and working-directory, its script by bash. */

interface Step {
  readonly id?: string;
  readonly shell: string;
  readonly 'working-directory': string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const action: Action = parse(readFileSync(join(repository, 'infra', 'github-action', 'action.yml'), 'utf8'));

let app: Server;
let url: string;
beforeAll(async () => {
  app = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
  await new Promise((resolve) => app.once('listening', resolve));
  url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
});
afterAll(() => app.close());

let checkout: string;
beforeEach(() => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), 'run-edges-action-')));
  mkdirSync(join(checkout, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(
    join(repository, 'packages', 'cli', 'bin', 'run-edges.js'),
    join(checkout, 'node_modules', '.bin', 'run-edges'),
  );
  writeFileSync(join(checkout, 'edges.yaml'), 'services:\n  front: { public: true, calls: [depths] }\n  depths: {}\n');
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

interface Result extends Output {
  readonly summary: string;
}

/** Runs the steps until one fails. */
async function use(given: Readonly<Record<string, string>>): Promise<Result> {
  const temp = join(checkout, 'temp');
  mkdirSync(temp);
  const files = { GITHUB_OUTPUT: join(temp, 'output'), GITHUB_STEP_SUMMARY: join(temp, 'summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const values: Record<string, string> = { 'runner.temp': temp };
  for (const [name, input] of Object.entries(action.inputs)) values[`inputs.${name}`] = given[name] ?? input.default;
  const evaluated = (text: string) => text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name) => values[name] ?? '');
  let output: Output = { code: 0, stdout: '', stderr: '' };
  for (const step of action.runs.steps) {
    const script = join(temp, 'step.sh');
    writeFileSync(script, step.run);
    const env = Object.fromEntries(Object.entries(step.env).map(([name, value]) => [name, evaluated(value)]));
    const cwd = join(checkout, evaluated(step['working-directory']));
    output = await inProject(cwd, [step.shell, '--noprofile', '--norc', '-eo', 'pipefail', script], {
      env: { ...env, ...files },
    });
    if (output.code !== 0) break;
    for (const line of readFileSync(files.GITHUB_OUTPUT, 'utf8').split('\n').filter(Boolean))
      values[`steps.${step.id}.outputs.${line.slice(0, line.indexOf('='))}`] = line.slice(line.indexOf('=') + 1);
  }
  return { ...output, summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8') };
}

const fronts = () => `front=${url}\ndepths=${url}\n`;

test('edges that are as declared: nothing is annotated, and the summary has them all', async () => {
  const { code, stdout, stderr, summary } = await use({ fronts: fronts(), junit: 'edges.xml' });
  expect(code, stderr).toBe(0);
  expect(stdout).not.toContain('::error');
  expect(summary).toMatch(/^```\n[\s\S]*depths[\s\S]*```\n$/);
  expect(readFileSync(join(checkout, 'edges.xml'), 'utf8')).toContain('<testsuite');
});

test('one that differs fails the job, and is annotated where it is declared', async () => {
  const dead = 'http://127.0.0.1:9';
  const { code, stdout, summary } = await use({ fronts: `front=${url}\ndepths=${dead}` });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^::error file=edges\.yaml,line=2,[^\n]*front -> depths/m);
  expect(summary).toContain('depths');
});

test('a declaration elsewhere, in a folder of the checkout', async () => {
  mkdirSync(join(checkout, 'inner', 'node_modules'), { recursive: true });
  symlinkSync(join(checkout, 'node_modules', '.bin'), join(checkout, 'inner', 'node_modules', '.bin'));
  writeFileSync(join(checkout, 'inner', 'mine.yaml'), 'services:\n  depths: {}\n');
  const given = { 'working-directory': 'inner', edges: 'mine.yaml', fronts: `depths=${url}` };
  const { code, stderr, summary } = await use(given);
  expect(code, stderr).toBe(0);
  expect(summary).not.toContain('front');
});

test.each(['edges', 'fronts', 'junit', 'package'])('what is put into %s is never run', async (input) => {
  const mark = join(checkout, 'ran');
  const evil = `x"; touch ${mark}; echo "$(touch ${mark})\`touch ${mark}\``;
  const { code } = await use({ fronts: fronts(), [input]: evil });
  expect(existsSync(mark)).toBe(false);
  if (input !== 'junit') expect(code).not.toBe(0);
});

test('no expression stands in a script', () => {
  for (const { run, shell } of action.runs.steps) {
    expect(run).not.toContain('${' + '{');
    expect(shell).toBe('bash');
  }
});
