import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { type Ended, runEdges } from '../support/command-line.ts';
import { addApp, repository } from '../support/repository.ts';
import { program, project, startTestProject, type TestProject } from './test-project.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['gcloud'] });
const deploy = ['deploy', '--yes', '--image-prefix', 'example.com/apps', '--tag', 'v1'];
const timeout = 600_000;
/** There is no app for front, at first. */
const edges = 'services:\n  front: { public: true, calls: [back] }\n  back: {}\n';

/** One line on standard error that names the cause and the next command. */
function refused({ code, stderr }: Ended, ...parts: readonly string[]): void {
  expect(code).toBe(1);
  const lines = stderr.split('\n').filter((line) => line.startsWith('run-edges:'));
  expect(lines).toHaveLength(1);
  for (const part of parts) expect(lines[0]).toContain(part);
  expect(stderr).not.toMatch(/^\s+at /m);
}

test.each([
  ['a project that can be none', ['--project', 'No'], 'It takes a project id'],
  ['a region that can be none', ['--project', project, '--region', 'Mars'], 'It takes a region such as europe-west1'],
  ['a tester who is nobody', ['--project', project, '--tester', 'ada'], 'It takes user:ADDRESS'],
  ['no project', [], "required option '--project <id>' not specified"],
])('%s is wrong usage', async (_name, args, message) => {
  const { code, stderr } = await runEdges(['deploy', ...args]).ended;
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('a database of a service that is not declared is refused', async () => {
  const args = ['deploy', '--project', project, '--tag', 'v1', '--database', 'serch=secret', '--dry-run'];
  refused(await runEdges(args).ended, '--database names serch, which is not declared.', 'login, user-profiles, search');
});

test('without gcloud, says so and where to get it', async () => {
  const env = { PATH: '/nowhere' };
  const run = (...args: string[]) => runEdges([...args, '--project', project], repository, { env }).ended;
  for (const args of [[...deploy], ['verify'], ['destroy'], ['check', '--target', project]])
    refused(
      await (args[0] === 'check' ? runEdges(args, repository, { env }).ended : run(...args)),
      'There is no gcloud on PATH.',
      'https://cloud.google.com/sdk/docs/install',
    );
});

describe.skipIf(missing)(title, () => {
  let here: TestProject;
  beforeAll(async () => {
    here = await startTestProject(edges, ['back']);
  });
  afterAll(() => here[Symbol.asyncDispose]());

  test('not signed in', { timeout }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'run-edges-gcloud-'));
    const env = { PATH: process.env.PATH, HOME: folder, CLOUDSDK_CONFIG: folder, GCE_METADATA_ROOT: '127.0.0.1:9' };
    const none = Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => /^(CLOUDSDK|GOOGLE)_/.test(name))
        .map((name) => [name, undefined]),
    );
    refused(
      await runEdges(['verify', '--project', project], repository, { env: { ...none, ...env } }).ended,
      'not signed in',
      'gcloud auth login',
    );
    rmSync(folder, { recursive: true, force: true });
  });

  test('an API that is off', { timeout }, async () => {
    refused(await here.run('verify'), 'run.googleapis.com is off', 'gcloud services enable run.googleapis.com');
  });

  test('somebody who may do nothing there', { timeout }, async () => {
    const eve = await here.as('eve@example.com');
    refused(await eve.run(...deploy), `There is no project ${project}, or you may not see it.`, 'gcloud projects list');
  });

  test('a service of the name that somebody else made: nothing is touched', { timeout }, async () => {
    expect(
      await here.gcloud('services', 'enable', 'run.googleapis.com', 'iam.googleapis.com', `--project=${project}`),
    ).toMatchObject({ code: 0 });
    const made = [
      'run',
      'deploy',
      'back',
      '--image=example.com/back',
      '--no-allow-unauthenticated',
      '--region=us-central1',
      `--project=${project}`,
    ];
    expect(await here.gcloud(...made)).toMatchObject({ code: 0 });
    const from = (await here.recorded()).length;
    refused(await here.run(...deploy), `The name is taken: back in ${project} was made by somebody else`, '--adopt');
    expect((await here.recorded()).slice(from).filter(({ mutating }) => mutating)).toEqual([]);
  });

  test('a region where the project is not', { timeout }, async () => {
    refused(await here.run('verify', '--region', 'moon-west9'), 'moon-west9', 'gcloud run regions list');
  });

  test('an image that is not there, half-way: says what is not done, and goes on from there', { timeout }, async () => {
    const args = [...deploy, '--adopt', '--wait', '0'];
    const broken = await here.run(...args);
    refused(broken, 'front', 'A second run goes on where this one stopped.');
    expect(broken.stdout).toMatch(/# Not done, 3 of \d+:\ngcloud run deploy front /);
    expect(broken.stdout).toContain('gcloud run services add-iam-policy-binding back');

    addApp(here.folder, 'front', { program });
    const again = await here.run(...args);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout.match(/^\$ gcloud run deploy .*$/gm)).toHaveLength(1);

    const untried = await here.run(...deploy, '--adopt');
    refused(
      untried,
      'Everything is deployed and granted, but no edge could be tried',
      '--tester "user:$(gcloud config get account)"',
    );
  });

  test('nobody may try the edges yet: the mend is of who made the services', { timeout }, async () => {
    const check = () => runEdges(['check', '--target', project, '--path', '/'], here.folder, { env: here.env }).ended;
    refused(await check(), `run-edges deploy --project ${project} --region us-central1 --tester`);
    for (const name of ['front', 'back']) await here.services('update', name, '--update-labels=managed-by=terraform');
    refused(await check(), 'the variable testers', 'terraform apply');
    // What that does.
    for (const id of ['front-run', 'back-run', 'stranger']) {
      const email = `${id}@${project}.iam.gserviceaccount.com`;
      const grant = ['--member=user:developer@example.com', '--role=roles/iam.serviceAccountTokenCreator'];
      const args = ['iam', 'service-accounts', 'add-iam-policy-binding', email, ...grant, `--project=${project}`];
      expect(await here.gcloud(...args)).toMatchObject({ code: 0 });
    }
    const tried = await check();
    expect(tried.code, tried.stderr).toBe(0);
    expect(tried.stdout).toContain('All 8 verdicts are as declared.');
  });
});
