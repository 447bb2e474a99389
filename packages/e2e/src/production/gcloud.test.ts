import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../real-clients/run-program.ts';
import { clients, findToolchain } from '../real-clients/toolchain.ts';
import { toolEnv } from '../support/tool-env.ts';
import { type ProductionCloud, startProductionCloud } from './production-cloud.ts';

const { title, missing } = await findToolchain({
  name: 'gcloud, by production addresses',
  commands: ['sh', 'curl', 'gcloud'],
});

type Env = Readonly<Record<string, string>>;

describe.skipIf(missing)(title, () => {
  let production: ProductionCloud;
  let owner: Env;
  let login: string;
  beforeAll(async () => {
    production = await startProductionCloud();
    owner = await envOf('developer');
    login = production.small.cloud.service('login').listed().serviceAccount;
  });
  afterAll(() => production[Symbol.asyncDispose]());

  /** What `run-edges env` says, in a folder of its own. */
  async function envOf(folder: string, ...args: readonly string[]): Promise<Env> {
    const { cloud, folder: parent } = production.small;
    const options = [...args, '--target', cloud.url, '--folder', join(parent, folder)];
    const env = await toolEnv(options, { RUN_EDGES_TOKEN: cloud.developerToken });
    // What the emulator does not play answers 501, which gcloud asks for again and again.
    return { ...env, HOME: join(parent, folder), RUN_EDGES_GCLOUD_LONGEST_PAUSE: '0.1' };
  }
  const gcloud = (line: string, env: Env = owner) => runProgram({ command: 'gcloud', args: line.split(' '), env });
  const call = (program: string, args: readonly string[], env: Env) =>
    runProgram({ command: 'sh', args: [join(clients, 'gcloud', program), ...args], env });
  const asked = async (line: string, env?: Env) => {
    const { code, stdout, stderr } = await gcloud(line, env);
    expect(code, stderr).toBe(0);
    return stdout.trim().split('\n');
  };

  test('nothing names an address of the emulator’s: gcloud asks Google’s hosts', async () => {
    const configuration = await readFile(
      join(owner.CLOUDSDK_CONFIG ?? '', 'configurations', 'config_run-edges'),
      'utf8',
    );
    const variables = Object.keys(owner).join('\n');
    for (const text of [variables.toLowerCase(), configuration])
      expect(text).not.toMatch(/endpoint_override|token_host/);
    const { stderr } = await gcloud('run services list --log-http');
    const hosts = new Set(Array.from(stderr.matchAll(/^uri: https:\/\/([^/]+)/gm), ([, host]) => host));
    expect([...hosts].toSorted()).toEqual(['oauth2.googleapis.com', 'run.googleapis.com']);
    const regional = await gcloud('run services describe search --log-http');
    expect(regional.stderr).toContain('uri: https://us-central1-run.googleapis.com/');
  });

  test('services are listed and described with their production addresses, in their region alone', async () => {
    const { cloud } = production.small;
    const names = ['login', 'search', 'user-profiles'];
    const list = 'run services list --format=value(metadata.name,status.url)';
    const all = names.map((name) => `${name}\t${cloud.urlOf(name)}`);
    expect(await asked(list)).toEqual(all);
    expect(await asked(`${list} --region=us-central1`)).toEqual(all);
    expect(await asked(`${list} --region=europe-west1`)).toEqual(['']);
    const describe = 'run services describe search --format=value(status.url)';
    expect(await asked(describe)).toEqual([cloud.urlOf('search')]);
    const elsewhere = await gcloud(`${describe} --region=europe-west1`);
    expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining('Cannot find service [search]') });
  });

  test('the other APIs answer at hosts of their own', async () => {
    const { project } = production.small.cloud;
    expect(await asked(`projects describe ${project.id} --format=value(projectNumber)`)).toEqual([project.number]);
    expect(await asked('iam service-accounts list --format=value(email)')).toContain(login);
    expect(await asked('services list --enabled --format=value(config.name)')).toContain('run.googleapis.com');
    const granted = await asked(`projects get-iam-policy ${project.id} --format=value(bindings.role)`);
    expect(granted.join()).toContain('roles/owner');
  });

  test('a binding that gcloud makes opens the gate, and taken away it is shut', async () => {
    const { cloud } = production.small;
    const page = async () => (await call('../curl/call.sh', [cloud.urlOf('search')], production.ways.metadata)).stdout;
    const change = (verb: string) =>
      asked(`run services ${verb}-iam-policy-binding search --member=serviceAccount:${login} --role=roles/run.invoker`);
    expect(await page()).toMatch(/403\n$/);
    await change('add');
    expect(await page()).toBe('search was reached\n200\n');
    await change('remove');
    expect(await page()).toMatch(/403\n$/);
  });

  test('a service is deployed, private, and deleted', async () => {
    const { cloud } = production.small;
    await asked('run deploy hello --image=us-docker.pkg.dev/cloudrun/container/hello --no-allow-unauthenticated');
    const [url = ''] = await asked('run services describe hello --format=value(status.url)');
    expect(url).toBe(cloud.urlOf('hello'));
    const { stdout } = await call('../curl/call.sh', [url], production.ways.metadata);
    expect(stdout).toMatch(/403\n$/);
    await asked('run services delete hello');
    expect((await gcloud('run services describe hello')).code).toBe(1);
    const gone = await call('../curl/call.sh', [url], production.ways.metadata);
    expect(gone).toMatchObject({ code: 56, stderr: expect.stringContaining('403') });
  });

  test('print-identity-token as login, by the metadata server and by Google’s own key files', async () => {
    const { small, ways } = production;
    const service = await envOf('login', 'login');
    await small.expectEdges((url) => call('call.sh', [url], service));
    const { GOOGLE_APPLICATION_CREDENTIALS: key = '' } = ways.key;
    const overriding = { ...owner, CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: key };
    await small.expectEdges((url) => call('call.sh', [url], overriding));
    const { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: _file, CLOUDSDK_CORE_ACCOUNT: _email, ...nobody } = owner;
    const fresh = { ...nobody, CLOUDSDK_CONFIG: join(small.folder, 'activated') };
    await asked(`auth activate-service-account --key-file=${key}`, fresh);
    await small.expectEdges((url) => call('call.sh', [url], fresh));
  });

  test('print-identity-token by impersonation, for whom the policy lets', async () => {
    const { small } = production;
    const { policies } = small.cloud;
    const options = [`--impersonate-service-account=${login}`, '--include-email'];
    const ada = await envOf('ada', '--as', 'ada@example.com');
    const refused = await call('call.sh', [small.cloud.urlOf('user-profiles'), ...options], ada);
    expect(refused).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('iam.serviceAccounts.getAccessToken'),
    });
    const role = 'roles/iam.serviceAccountTokenCreator';
    policies.grant(`serviceAccounts/${login}`, role, 'user:ada@example.com');
    await small.expectEdges((url) => call('call.sh', [url, ...options], ada));
    policies.revoke(`serviceAccounts/${login}`, role, 'user:ada@example.com');
  });

  test('a developer’s own tokens: print-identity-token has no audience, print-access-token is for generateIdToken', async () => {
    const { small } = production;
    const { policies } = small.cloud;
    const ada = await envOf('ada', '--as', 'ada@example.com');
    expect((await call('call.sh', [small.cloud.urlOf('user-profiles')], ada)).stderr).toContain(
      'Requires valid service',
    );
    policies.grant('services/user-profiles', 'roles/run.invoker', 'user:ada@example.com');
    await small.expectEdges((url) => call('call-as-yourself.sh', [url], ada), 'ada@example.com');
    policies.revoke('services/user-profiles', 'roles/run.invoker', 'user:ada@example.com');
    const role = 'roles/iam.serviceAccountOpenIdTokenCreator';
    policies.grant(`serviceAccounts/${login}`, role, 'user:ada@example.com');
    await small.expectEdges((url) => call('call-with-access-token.sh', [url, login], ada));
    policies.revoke(`serviceAccounts/${login}`, role, 'user:ada@example.com');
  });

  test('workload identity federation, by the file that gcloud writes', async () => {
    const { GOOGLE_APPLICATION_CREDENTIALS: file = '' } = production.ways.federation;
    const { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: _file, CLOUDSDK_CORE_ACCOUNT: _email, ...nobody } = owner;
    const outside = { ...nobody, CLOUDSDK_CONFIG: join(production.small.folder, 'outside') };
    await asked(`auth login --cred-file=${file}`, outside);
    const role = 'roles/iam.serviceAccountOpenIdTokenCreator';
    const { policies } = production.small.cloud;
    policies.grant(`serviceAccounts/${login}`, role, `serviceAccount:${login}`);
    await production.small.expectEdges((url) => call('call-with-access-token.sh', [url, login], outside));
    policies.revoke(`serviceAccounts/${login}`, role, `serviceAccount:${login}`);
  });

  test('who may not is told so, and so is who asks for what is not emulated', async () => {
    const ada = await envOf('ada', '--as', 'ada@example.com');
    const list = await gcloud('run services list', ada);
    expect(list).toMatchObject({ code: 1, stderr: expect.stringContaining("Permission 'run.services.list' denied") });
    await writeFile(join(production.small.folder, 'main.py'), '');
    const built = await gcloud(`run deploy built --source=${production.small.folder}`);
    expect(built).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('artifactregistry.googleapis.com is not emulated'),
    });
    const secrets = await gcloud('secrets list');
    expect(secrets).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('secretmanager.googleapis.com is not emulated'),
    });
  });

  test('a gcloud that trusts others alone asks nothing', async () => {
    const { cloud, folder } = production.small;
    const others = join(folder, 'others.pem');
    await writeFile(others, rootCertificates.join('\n'));
    const trust = ['CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE'];
    const env = { ...owner, ...Object.fromEntries(trust.map((name) => [name, others])) };
    const { code, stdout, stderr } = await gcloud('run services list', env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('CERTIFICATE_VERIFY_FAILED');
    expect(cloud.decisions.list().at(-1)).toMatchObject({ rule: 'not-trusted' });
  });
});
