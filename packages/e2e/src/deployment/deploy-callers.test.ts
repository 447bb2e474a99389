import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { addApp } from '../support/repository.ts';
import { project, startTestProject, type TestProject } from './test-project.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['gcloud'] });

const set =
  'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/attribute.repository/a/b';
const account = (id: string) => `${id}@${project}.iam.gserviceaccount.com`;
/** A caller of each kind that gcloud can deploy to an emulator, edges that are limited, an account that two share. */
const edges = `services:
  search: { calls: [payments] }
  profiles: { serviceAccount: shared-account, calls: [{ to: search, until: 2099-01-31 }] }
  archive: { serviceAccount: shared-account }
jobs:
  nightly: { calls: [search], command: [node, app.js], maxRetries: 0, env: { WHO: nightly } }
workerPools:
  mailer: { calls: [search] }
principals:
  support: { member: "group:support@example.com", calls: [search] }
  ada: { member: "user:ada@example.com", calls: [{ to: profiles, paths: [/x/*] }] }
  ci: { member: "${set}", calls: [{ to: search, paths: [/health/*], until: 2099-01-31 }] }
external:
  payments: { url: "https://payments.example.com", audience: pay }
`;
/** Calls whom it is told of, and one whom it is not, with its own token; fails where it is not as declared. */
const calls = `
const { GCE_METADATA_HOST, SEARCH_URL, OTHER, WHO, PROFILES_URL } = process.env;
const identity = 'http://' + GCE_METADATA_HOST + '/computeMetadata/v1/instance/service-accounts/default/identity';
async function status(url) {
  const headers = { 'metadata-flavor': 'Google' };
  const token = await (await fetch(identity + '?audience=' + url, { headers })).text();
  return (await fetch(url, { headers: { authorization: 'Bearer ' + token } })).status;
}
const seen = [WHO, PROFILES_URL, await status(SEARCH_URL), await status(OTHER)].join();
console.log(seen);
process.exit(seen === 'nightly,,200,403' ? 0 : 1);
`;
const answers = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('ok')).listen(process.env.PORT);
`;
const images = ['--image-prefix', 'example.com/apps', '--tag', 'v1', '--wait', '0'];
const timeout = 900_000;

describe.skipIf(missing)(title, () => {
  let here: TestProject;
  beforeAll(async () => {
    here = await startTestProject(edges, []);
    for (const app of ['search', 'profiles', 'archive']) addApp(here.folder, app, { program: answers });
    addApp(here.folder, 'nightly', { program: calls });
  });
  afterAll(() => here?.[Symbol.asyncDispose]());
  const policyOf = async (service: string) =>
    JSON.parse(await here.services('get-iam-policy', service, '--format=json')).bindings as object[];

  test('deploys services and jobs, and grants each kind of caller what it may', { timeout }, async () => {
    const { code, stdout, stderr } = await here.run('deploy', '--yes', ...images);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('# The jobs, which are deployed and not executed');
    expect(stdout).toContain('mailer is not deployed: gcloud deploys worker pools by gRPC');
    const search = await policyOf('search');
    expect(search).toEqual(
      expect.arrayContaining([
        {
          role: 'roles/run.invoker',
          members: expect.arrayContaining([`serviceAccount:${account('nightly-run')}`, 'group:support@example.com']),
        },
        {
          role: 'roles/run.invoker',
          members: [`serviceAccount:${account('shared-account')}`],
          condition: {
            title: 'run-edges: until 2099-01-31',
            expression: 'request.time < timestamp("2099-02-01T00:00:00Z")',
          },
        },
        {
          role: 'roles/run.invoker',
          members: [`serviceAccount:${account('ci-run')}`],
          condition: {
            title: 'run-edges: limited paths until 2099-01-31',
            expression: 'request.path.startsWith("/health/") && request.time < timestamp("2099-02-01T00:00:00Z")',
          },
        },
      ]),
    );
    expect(search).toHaveLength(3);
    const federated = ['iam', 'service-accounts', 'get-iam-policy', account('ci-run'), '--format=json'];
    const policy = await here.gcloud(...federated, `--project=${project}`);
    expect(JSON.parse(policy.stdout).bindings).toEqual([{ role: 'roles/iam.workloadIdentityUser', members: [set] }]);
    const { accounts } = (await here.state()) as { accounts: { email: string }[] };
    expect(accounts.filter(({ email }) => email === account('shared-account'))).toHaveLength(1);
  });

  test('a second time there is nothing to do', { timeout }, async () => {
    const { code, stdout } = await here.run('deploy', '--json', ...images);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ off: [], changes: [], commands: [] });
  });

  test('the job, executed by gcloud, calls search and nobody else', { timeout }, async () => {
    const other = here.cloud.service('profiles').url;
    const execute = ['run', 'jobs', 'execute', 'nightly', '--wait', `--update-env-vars=OTHER=${other}`];
    const { code, stdout, stderr } = await here.gcloud(...execute, '--region=us-central1', `--project=${project}`);
    expect(code, stdout + stderr).toBe(0);
  });

  test('a plan names what differs of a job', { timeout }, async () => {
    const update = ['run', 'jobs', 'update', 'nightly', '--max-retries=2', '--region=us-central1'];
    expect(await here.gcloud(...update, `--project=${project}`)).toMatchObject({ code: 0 });
    const { stdout } = await here.run('deploy', '--json', ...images);
    expect(JSON.parse(stdout)).toMatchObject({
      changes: [{ action: 'update', on: 'job nightly', what: 'maxRetries', before: '2', after: '0' }],
      commands: [expect.stringMatching(/^gcloud run jobs deploy nightly /)],
    });
  });

  test('takes it all back', { timeout }, async () => {
    const { code, stdout } = await here.run('destroy', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('# Jobs that run-edges made');
    const { accounts, services } = (await here.state()) as { accounts: { email: string }[]; services: object[] };
    expect(services).toEqual([]);
    expect(accounts.filter(({ email }) => email.endsWith('iam.gserviceaccount.com'))).toEqual([]);
    expect((await here.run('destroy', '--yes')).stdout).toContain('There is nothing');
  });
});
