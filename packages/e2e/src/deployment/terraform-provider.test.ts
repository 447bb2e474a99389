import { cpSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runEdges } from '../support/command-line.ts';
import { terraform, terraformFolder } from './terraform-module.ts';
import { project, startTestProject, type TestProject } from './test-project.ts';

/** A folder that `terraform providers mirror FOLDER` made: hashicorp/google cannot be had from a package registry. */
const plugins = process.env.RUN_EDGES_TERRAFORM_PLUGINS;
const named = 'Terraform with the google provider';
const title = plugins === undefined ? `${named} (not run: RUN_EDGES_TERRAFORM_PLUGINS names no plugin folder)` : named;
if (plugins === undefined) console.warn(title);

const edges = 'services:\n  front: { public: true, calls: [back] }\n  back: {}\n';
const timeout = 600_000;

test.skipIf(plugins === undefined)(`${named}: the example of Google’s page applies`, { timeout }, async () => {
  await using here = await startTestProject(edges, ['front', 'back']);
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-terraform-'));
  try {
    cpSync(join(terraformFolder, 'examples', 'service-to-service', 'main.tf'), join(folder, 'main.tf'));
    for (const args of [['init', `-plugin-dir=${plugins}`], ['validate'], ['apply', '-auto-approve']]) {
      const { code, stdout, stderr } = await terraform(folder, [...args, '-no-color'], here.env);
      expect(code, stdout + stderr).toBe(0);
    }
    expect((await fetch(here.cloud.service('public-service').url)).status).toBe(200);
    const { url } = here.cloud.service('private-service');
    expect((await fetch(url)).status).toBe(403);
    const headers = { authorization: `Bearer ${await here.cloud.idToken('public-service', url)}` };
    expect((await fetch(url, { headers })).status).toBe(200);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe.skipIf(plugins === undefined).each(['additive', 'authoritative'])(`${title}: %s`, (bindings) => {
  let here: TestProject;
  let folder: string;
  const run = (...args: string[]) => terraform(join(folder, 'terraform'), args, here.env);
  const variables = [
    '-var',
    `project=${project}`,
    '-var',
    'image_prefix=example.com/apps',
    '-var',
    `bindings=${bindings}`,
    '-var',
    'testers=["user:developer@example.com"]',
  ];
  const unguarded = [...variables, '-var', 'deletion_protection=false'];
  beforeAll(async () => {
    here = await startTestProject(edges, ['front', 'back']);
    folder = await mkdtemp(join(tmpdir(), 'run-edges-terraform-'));
    cpSync(terraformFolder, join(folder, 'terraform'), { recursive: true });
    for (const left of ['.terraform', '.terraform.lock.hcl', 'terraform.tfstate'])
      rmSync(join(folder, 'terraform', left), { recursive: true, force: true });
    cpSync(join(here.folder, 'infra', 'edges.yaml'), join(folder, 'edges.yaml'));
  }, timeout);
  afterAll(async () => {
    await here[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function statuses(): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const caller of ['front', 'back'])
      for (const receiver of ['front', 'back']) {
        const { url } = here.cloud.service(receiver);
        const headers = { authorization: `Bearer ${await here.cloud.idToken(caller, url)}` };
        found[`${caller} -> ${receiver}`] = (await fetch(url, { headers })).status;
      }
    return found;
  }
  const declared = { 'front -> front': 200, 'front -> back': 200, 'back -> front': 200, 'back -> back': 403 };

  test('applies, and the gates are as declared', { timeout }, async () => {
    const started = await run('init', '-no-color', `-plugin-dir=${plugins}`);
    expect(started.code, started.stderr).toBe(0);
    const valid = await run('validate', '-no-color');
    expect(valid.code, valid.stdout + valid.stderr).toBe(0);
    const applied = await run('apply', '-no-color', '-auto-approve', ...unguarded);
    expect(applied.code, applied.stderr).toBe(0);
    expect(await statuses()).toEqual(declared);
  });

  test('a tester tries every edge', { timeout }, async () => {
    const args = ['check', '--target', project, '--path', '/'];
    const { code, stdout, stderr } = await runEdges(args, here.folder, { env: here.env }).ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('All 8 verdicts are as declared.');
  });

  test('a second plan has nothing to do', { timeout }, async () => {
    const planned = await run('plan', '-no-color', '-detailed-exitcode', ...unguarded);
    expect(planned.code, planned.stdout + planned.stderr).toBe(0);
  });

  test('a grant by hand is undone where Terraform owns the list, and stays where it adds to it', {
    timeout,
  }, async () => {
    const itself = `--member=serviceAccount:back-run@${project}.iam.gserviceaccount.com`;
    await here.services('add-iam-policy-binding', 'back', itself, '--role=roles/run.invoker');
    const applied = await run('apply', '-no-color', '-auto-approve', ...unguarded);
    expect(applied.code, applied.stderr).toBe(0);
    expect(await statuses()).toEqual({ ...declared, 'back -> back': bindings === 'authoritative' ? 403 : 200 });
  });

  test('what is guarded is not destroyed, and what is not is', { timeout }, async () => {
    expect(await run('apply', '-no-color', '-auto-approve', ...variables)).toMatchObject({ code: 0 });
    expect((await run('destroy', '-no-color', '-auto-approve', ...variables)).code).not.toBe(0);
    expect(await statuses()).toMatchObject({ 'front -> back': 200, 'front -> front': 200 });
    expect(await run('apply', '-no-color', '-auto-approve', ...unguarded)).toMatchObject({ code: 0 });
    const gone = await run('destroy', '-no-color', '-auto-approve', ...unguarded);
    expect(gone.code, gone.stderr).toBe(0);
    expect(here.cloud.services).toEqual([]);
  });
});
