import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { python, pythonToolchain } from '../real-clients/python.ts';
import { runProgram } from '../real-clients/run-program.ts';
import { type AdminProject, saidBy, startAdminProject } from './admin-project.ts';
import { expectIam, expectRun, expectServiceUsage } from './stories.ts';

const { title, missing } = pythonToolchain;

// google-cloud-iam (iam_admin_v1), which speaks gRPC alone, cannot be led here: its kin is googleapiclient.
describe.skipIf(missing)(`${title}, changing a project`, () => {
  let project: AdminProject;
  beforeAll(async () => {
    project = await startAdminProject();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  const run = async (program: string, args: readonly string[]) =>
    saidBy(
      await runProgram({
        command: python,
        args: [join(import.meta.dirname, 'python', program), ...args],
        env: project.env,
      }),
    );

  test('IAM by google-api-python-client', async () => {
    const [url, id] = project.args;
    expectIam(await run('iam.py', [url, id]), id);
  });

  test('Service Usage by google-cloud-service-usage, over REST', async () => {
    const [url, id] = project.args;
    expectServiceUsage(await run('service_usage.py', [url, id]));
  });

  test('Cloud Run by google-cloud-run, over REST', async () => {
    expectRun(await run('run.py', project.args), project.parent);
  });
});
