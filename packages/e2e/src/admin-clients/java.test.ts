import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { adminJars, compileJava, javaToolchain, type RunJava } from '../real-clients/java.ts';
import { type AdminProject, saidBy, startAdminProject } from './admin-project.ts';
import { expectIam, expectRun, expectServiceUsage } from './stories.ts';

const { title, missing } = javaToolchain;
const folder = join(import.meta.dirname, 'java');

// google-iam-admin speaks gRPC alone and cannot be led here: its kin is google-api-services-iam.
describe.skipIf(missing)(`${title}, changing a project`, () => {
  let project: AdminProject;
  let run: RunJava;
  beforeAll(async () => {
    project = await startAdminProject();
    run = await compileJava('admin-clients', folder, adminJars);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test('IAM by google-api-services-iam', async () => {
    const [url, id] = project.args;
    expectIam(saidBy(await run('Iam', [url, id], project.env)), id);
  });

  test('Service Usage by google-cloud-service-usage, over HTTP and JSON', async () => {
    const [url, id] = project.args;
    expectServiceUsage(saidBy(await run('ServiceUsage', [url, id], project.env)));
  });

  test('Cloud Run by google-cloud-run, over HTTP and JSON', async () => {
    expectRun(saidBy(await run('Run', project.args, project.env)), project.parent);
  });
});
