import { readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { runEdges } from '../support/command-line.ts';
import { addApp, edgesFile, projectOf, repository } from '../support/repository.ts';
import { openTerraformModule } from './terraform-module.ts';
import { openTestProject, program, project } from './test-project.ts';

const gcloud = await findToolchain({ name: 'deploy', commands: ['gcloud'] });
const terraform = await findToolchain({ name: 'Terraform', commands: ['terraform'] });

/** The demo and a fourth service, audit: one edit of the file with its two edges, and a folder with its app. */
let folder: string;
beforeAll(() => {
  const edit = readFileSync(edgesFile, 'utf8')
    .replace('calls: [search]', 'calls: [search, audit]')
    .concat('  audit:\n    calls: [search]\n');
  folder = projectOf(edit, {});
  addApp(folder, 'audit', { program });
  for (const app of readdirSync(join(repository, 'apps')))
    symlinkSync(join(repository, 'apps', app), join(folder, 'apps', app));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const allowed = { 'user-profiles -> audit': 200, 'audit -> search': 200 };
const audit = `serviceAccount:audit-run@${project}.iam.gserviceaccount.com`;

test('npm start has it, and tries its edges', async () => {
  const up = runEdges(['up', '--port', '0', '--people', '5'], folder);
  const printed = await up.printed('Press Ctrl-C').finally(() => up.child.kill('SIGTERM'));
  await up.ended;
  expect(printed).toContain('All 24 verdicts are as declared.');
  expect(printed).toMatch(/│ audit +│ http:\/\/127\.0\.0\.1:\d+ +│ audit-run@/);
});

test('the matrix has it', async () => {
  const { code, stdout } = await runEdges(['check', '--json'], folder).ended;
  expect(code).toBe(0);
  const cells = JSON.parse(stdout) as { caller: string; receiver: string; actual: string; status: number }[];
  expect(cells).toHaveLength(24);
  const open = cells.filter(({ receiver, actual }) => receiver !== 'login' && actual === 'allowed');
  expect(Object.fromEntries(open.map(({ caller, receiver, status }) => [`${caller} -> ${receiver}`, status]))).toEqual({
    'login -> user-profiles': 200,
    'user-profiles -> search': 200,
    ...allowed,
  });
});

test('compose has it, on a network of its own', async () => {
  const { code, stdout } = await runEdges(['compose'], folder).ended;
  expect(code).toBe(0);
  expect(stdout).toContain('SOURCE: apps/audit');
  expect(stdout).toContain('AUDIT_URL: http://audit');
  expect(stdout).toContain('audit.container.internal');
});

describe.skipIf(gcloud.missing)(gcloud.title, () => {
  test('has it: an identity, a service, two grants', { timeout: 600_000 }, async () => {
    await using here = await openTestProject(folder);
    const args = ['deploy', '--yes', '--image-prefix', 'example.com/apps', '--tag', 'v1', '--wait', '0'];
    const { code, stderr } = await here.run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const statuses: Record<string, number> = {};
    const names = readDeclaration(join(folder, 'infra', 'edges.yaml')).services.map(({ name }) => name);
    for (const caller of names)
      for (const receiver of names.filter((name) => name !== 'login')) {
        const { url } = here.cloud.service(receiver);
        const headers = { authorization: `Bearer ${await here.cloud.idToken(caller, url)}` };
        const { status } = await fetch(new URL('/health/live', url), { headers });
        if (status !== 403) statuses[`${caller} -> ${receiver}`] = status;
      }
    expect(statuses).toEqual({ 'login -> user-profiles': 200, 'user-profiles -> search': 200, ...allowed });
  });
});

describe.skipIf(terraform.missing)(terraform.title, () => {
  test('has it', async () => {
    await using module = await openTerraformModule();
    const derived = await module.evaluate(join(folder, 'infra', 'edges.yaml'), { project });
    expect(derived.accounts).toMatchObject({ audit: 'audit-run' });
    expect(derived.invokers.search).toContain(audit);
    expect(derived.invokers.audit).toEqual([`serviceAccount:user-profiles-run@${project}.iam.gserviceaccount.com`]);
    expect(derived.services['user-profiles']?.env).toHaveProperty('AUDIT_URL');
  });
});
