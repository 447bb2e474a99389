import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDeclaration } from '@run-edges/edges';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { project, startTestProject, type TestProject } from '../deployment/test-project.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { edgesFile } from '../support/repository.ts';
import { meaningOf } from './meaning.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['gcloud'] });
/** gcloud is slow, and slower on a busy machine. */
const timeout = 600_000;

describe.skipIf(missing)(`import with ${title}`, () => {
  let here: TestProject;
  const apps = ['login', 'user-profiles', 'search'];
  beforeAll(async () => {
    here = await startTestProject(readFileSync(edgesFile, 'utf8'), apps);
    const images = ['--image-prefix', 'example.com/apps', '--tag', 'v1'];
    const deployed = await here.run('deploy', '--yes', '--stateless', '--wait', '0', ...images);
    expect(deployed.code, deployed.stderr).toBe(0);
  }, timeout);
  afterAll(() => here[Symbol.asyncDispose]());

  test('the demo’s own deployment is the demo’s own file again, and deploying that changes nothing', {
    timeout,
  }, async () => {
    const file = join(here.folder, 'infra', 'imported.yaml');
    const imported = await here.run('import', '--output', file);
    expect(imported).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(meaningOf(readDeclaration(file))).toEqual(meaningOf(readDeclaration(edgesFile)));
    const again = await here.run('deploy', '--json', '--stateless', '--edges', file);
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ changes: [], commands: [] });
  });

  test('says of each line where it comes from, changes nothing, and writes over nothing', { timeout }, async () => {
    const before = await here.state();
    const from = (await here.recorded()).length;
    const { code, stdout } = await here.run('import', '--region', 'us-central1');
    expect(code).toBe(0);
    expect(await here.state()).toEqual(before);
    expect((await here.recorded()).slice(from).filter(({ mutating }) => mutating)).toEqual([]);
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines.filter((one) => !/^\w+:$|^ {4}calls:$/.test(one))) expect(line).toMatch(/# \S/);
    expect(stdout).toContain(
      `- user-profiles # serviceAccount:login-run@${project}.iam.gserviceaccount.com has roles/run.invoker on user-profiles`,
    );
    const kept = join(here.folder, 'infra', 'edges.yaml');
    const refused = await here.run('import', '--output', kept);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is there already. Name another file, or add --force.');
    expect(readFileSync(kept, 'utf8')).toBe(readFileSync(edgesFile, 'utf8'));
    const elsewhere = await here.run('import', '--region', 'europe-west1');
    expect(elsewhere).toMatchObject({ code: 1, stdout: '' });
    expect(elsewhere.stderr).toContain('There is no service of Cloud Run in');
  });

  test('every kind of caller and edge, and what no edge can say', { timeout }, async () => {
    await using rich = await startTestProject(everything, ['web', 'orders', 'users', 'nightly', 'mailer'], {
      deployed: true,
    });
    const file = join(rich.folder, 'infra', 'imported.yaml');
    const theirs = ['--member=user:eve@example.com', '--role=roles/run.invoker'];
    const condition = '--condition=expression=request.path == "/x" || true,title=theirs';
    await rich.services('add-iam-policy-binding', 'orders', ...theirs, condition);
    const { code, stderr } = await rich.run('import', '--output', file);
    expect(code, stderr).toBe(0);
    const wanted = readDeclaration(join(rich.folder, 'infra', 'edges.yaml'));
    expect(meaningOf(readDeclaration(file, { project }))).toEqual(meaningOf(wanted));
    expect(stderr).toContain('on a condition that no edge can say: request.path == "/x" || true');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

const pool = '//iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/gh';
const everything = `services:
  web: { public: true, calls: [orders, { to: users, paths: [/a/*, /b], until: 2099-01-31 }], minInstances: 1 }
  orders: { calls: [users], serviceAccount: order-keeper, ingress: internal, concurrency: 7, maxInstances: 9 }
  users: { calls: [orders, users], audiences: ["https://users.example.com", other], http2: true }
jobs:
  nightly: { calls: [orders], tasks: 4, parallelism: 2, maxRetries: 0, timeout: 90, command: [node, nightly.js] }
workerPools:
  mailer: { calls: [users], instances: 2 }
principals:
  crew: { member: "group:crew@example.com", calls: [users] }
  billing: { member: "serviceAccount:billing@other-project.iam.gserviceaccount.com", calls: [users] }
  app: { member: "principalSet:${pool}/attribute.repository/acme/app", serviceAccount: deploys, calls: [orders] }
`;
