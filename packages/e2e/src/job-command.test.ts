import { parseDeclaration } from '@run-edges/edges';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { appFolder } from './support/app-folder.ts';
import { runEdges } from './support/command-line.ts';

/** Says what it is told, and fails where its first argument says so. */
const program = `
const [, , how = 'well', ...words] = process.argv;
console.log(how, words.join(), process.env.A, 'task', process.env.CLOUD_RUN_TASK_INDEX);
console.error('\\u001b[2Jto standard error');
if (how === 'fail') process.exit(3);
if (how === 'hold') { process.on('SIGTERM', () => { console.log('heard'); process.exit(0); }); setInterval(() => undefined, 1000); }
`;

let app: Awaited<ReturnType<typeof appFolder>>;
let cloud: Cloud;
beforeAll(async () => {
  app = await appFolder(program);
  const edges = parseDeclaration(
    `services: { search: {} }\njobs: { nightly: { source: "${app.path}", calls: [search], maxRetries: 0 }, none: { source: "${app.path}/none" } }`,
    'edges.yaml',
  );
  cloud = await startEmulator({ edges, fronts: { search: 'http://127.0.0.1:1' } });
  vi.stubEnv('RUN_EDGES_TOKEN', cloud.developerToken);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.stop();
  await app[Symbol.asyncDispose]();
});

const job = (...args: readonly string[]) => runEdges(['job', '--target', cloud.url, ...args]);

describe('run-edges job', () => {
  test('runs a job, and shows what it writes where it writes it', async () => {
    const { code, stdout, stderr } = await job('nightly').ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('well  undefined task 0\n');
    expect(stderr).not.toContain('\u001b[2J');
    expect(stderr).toContain('to standard error');
    expect(stderr).toMatch(/nightly-\w{5} 1 of 1 task succeeded, in 1 attempt\n$/);
  });

  test('takes tasks, variables and arguments for this run', async () => {
    const { code, stdout } = await job('nightly', '--tasks', '2', '--env', 'A=b', '--', 'well', 'x', '--y').ended;
    expect(code).toBe(0);
    expect(stdout.split('\n').toSorted()).toEqual(['', 'task 0 well x,--y b task 0', 'task 1 well x,--y b task 1']);
  });

  test('ends with 1 where the job fails, and says why', async () => {
    const { code, stderr } = await job('nightly', '--', 'fail').ended;
    expect(code).toBe(1);
    expect(stderr).toContain('0 of 1 task succeeded, in 1 attempt: Task nightly-');
    expect(stderr).toContain('exit code 3');
  });

  test('prints the result as JSON alone with --json', async () => {
    const { code, stdout, stderr } = await job('nightly', '--json', '--', 'fail').ended;
    expect(code).toBe(1);
    expect(stderr).toContain('fail  undefined task 0');
    expect(JSON.parse(stdout)).toMatchObject({
      job: 'nightly',
      status: 'EXECUTION_FAILED',
      tasks: [{ index: 0, state: 'Failed', attempts: 1, exitCode: 3 }],
    });
  });

  test('ends the job by an interrupt', async () => {
    const running = job('nightly', '--', 'hold');
    await running.printed('hold');
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('The execution was cancelled.');
  });

  test.for([
    ['nigtly', 'There is no job "nigtly" at URL. Did you mean "nightly"?'],
    ['search', 'There is no job "search" at URL. Jobs: nightly, none.'],
    ['none', 'The job none cannot be run. none has no app: there is no package.json in'],
  ] as const)('refuses %s, and says what would do', async ([name, message]) => {
    const { code, stdout, stderr } = await job(name).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(message.replace('URL', cloud.url));
  });

  test('is for the developer alone', async () => {
    const { code, stderr } = await runEdges(['job', '--target', cloud.url, 'nightly'], undefined, {
      env: { RUN_EDGES_TOKEN: 'a'.repeat(40) },
    }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('has another token for the developer');
  });
});
