import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { type AdminProject, startAdminProject } from './admin-project.ts';
import { iamStory } from './node/iam.ts';
import { runStory } from './node/run.ts';
import { serviceUsageStory } from './node/service-usage.ts';
import { expectIam, expectRun, expectServiceUsage } from './stories.ts';

describe('Node.js, changing a project', () => {
  let project: AdminProject;
  beforeAll(async () => {
    project = await startAdminProject();
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', project.env.GOOGLE_APPLICATION_CREDENTIALS ?? '');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await project[Symbol.asyncDispose]();
  });

  test('IAM by @googleapis/iam', async () => {
    const [url, id] = project.args;
    expectIam(await iamStory(url, id), id);
  });

  test('Service Usage by @google-cloud/service-usage, over REST', async () => {
    const [url, id] = project.args;
    expectServiceUsage(await serviceUsageStory(url, id));
  });

  test('Cloud Run by @google-cloud/run, over REST', async () => {
    expectRun(await runStory(...project.args), project.parent);
  });
});
