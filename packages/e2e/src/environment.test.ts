import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runProgram } from './real-clients/run-program.ts';
import { type SmallCloud, startSmallCloud } from './real-clients/small-cloud.ts';
import { runEdges } from './support/command-line.ts';
import { repository } from './support/repository.ts';
import { toolEnv } from './support/tool-env.ts';

let small: SmallCloud;
let folder: string;
beforeAll(async () => {
  small = await startSmallCloud();
  vi.stubEnv('RUN_EDGES_TOKEN', small.cloud.developerToken);
  folder = await mkdtemp(join(tmpdir(), "run-edges env's "));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await small[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const at = (...args: readonly string[]) => ['--target', small.cloud.url, '--folder', folder, ...args];

describe('run-edges env', () => {
  test('prints exports that a shell reads, whatever is in a folder’s name', async () => {
    const { code, stdout } = await runEdges(['env', ...at()]).ended;
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(`# The emulator at ${small.cloud.url}, as developer@example.com`);
    const script = `${stdout}\nprintf '%s|' "$CLOUDSDK_CONFIG" "$GOOGLE_CLOUD_RUN_V2_CUSTOM_ENDPOINT" "$GCE_METADATA_HOST"`;
    const env = { PATH: process.env.PATH ?? '', GCE_METADATA_HOST: 'somebody else' };
    const read = await runProgram({ command: 'sh', args: ['-c', script], env });
    expect(read.stdout).toBe(`${folder}/gcloud|${small.cloud.url}/v2/||`);
  });

  test('signs the developer in: the token works, and nobody else may read the credentials', async () => {
    const env = await toolEnv(at('--as', 'ada@example.com'));
    const { GOOGLE_OAUTH_ACCESS_TOKEN: token, CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: file = '' } = env;
    const ask = () =>
      fetch(`${small.cloud.url}/v1/projects/${small.cloud.project.id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await ask()).status).toBe(403);
    small.cloud.policies.grant('project', 'roles/viewer', 'user:ada@example.com');
    expect((await ask()).status).toBe(200);
    small.cloud.policies.revoke('project', 'roles/viewer', 'user:ada@example.com');
    for (const one of [file, env.GOOGLE_APPLICATION_CREDENTIALS ?? '']) expect((await stat(one)).mode & 0o77).toBe(0);
  });

  test('as a service, names its metadata server and no credentials', async () => {
    const env = await toolEnv(at('search'));
    expect(env.GCE_METADATA_HOST).toBe(small.cloud.service('search').listed().metadataHost);
    expect(env).not.toHaveProperty('GOOGLE_APPLICATION_CREDENTIALS');
    expect(env).not.toHaveProperty('GOOGLE_OAUTH_ACCESS_TOKEN');
    const { stdout } = await runEdges(['env', ...at('search')]).ended;
    expect(stdout).toMatch(/^unset .*GOOGLE_APPLICATION_CREDENTIALS/m);
  });

  test('as a service, warns of credentials in the home folder that a library would prefer', async () => {
    const home = join(folder, 'home');
    const warned = async () =>
      (await runEdges(['env', ...at('search')], repository, { env: { HOME: home } }).ended).stderr;
    expect(await warned()).toBe('');
    await mkdir(join(home, '.config', 'gcloud'), { recursive: true });
    await writeFile(join(home, '.config', 'gcloud', 'application_default_credentials.json'), '{}');
    expect(await warned()).toContain('run such a program with another HOME');
  });

  test('a program of Google’s library with that environment is the service', async () => {
    const env = { ...(await toolEnv(at('login'))), HOME: folder };
    const program = join(repository, 'packages', 'e2e', 'src', 'clients', 'google-auth.ts');
    const call = (url: string) => runProgram({ command: process.execPath, args: [program, url], env });
    await small.expectEdges(call);
  });

  test('writes a gcloud configuration instead, where it is asked to', async () => {
    const configuration = join(folder, 'configuration');
    const env = await toolEnv(at('--gcloud-config', configuration));
    expect(env.CLOUDSDK_CONFIG).toBe(configuration);
    expect(Object.keys(env).filter((name) => name.startsWith('CLOUDSDK_'))).toEqual(['CLOUDSDK_CONFIG']);
    expect(await readFile(join(configuration, 'active_config'), 'utf8')).toBe('run-edges');
    const written = await readFile(join(configuration, 'configurations', 'config_run-edges'), 'utf8');
    expect(written).toContain(`[core]\nproject = ${small.cloud.project.id}\n`);
    expect(written).toContain('[api_endpoint_overrides]\nrun = http://run.emulator.internal/\n');
  });

  test('says in one line what is in the way', async () => {
    for (const [args, ...parts] of [
      [at('nobody'), 'knows no nobody', 'It knows login, user-profiles, search, stranger.'],
      [['--target', 'http://127.0.0.1:9'], 'No emulator answers at http://127.0.0.1:9', 'npm start'],
      [['--target', 'nonsense'], '--target nonsense is not a URL'],
    ] as const) {
      const { code, stdout, stderr } = await runEdges(['env', ...args]).ended;
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr.trim().split('\n')).toHaveLength(1);
      for (const part of parts) expect(stderr).toContain(part);
    }
  });
});

describe('Terraform’s provider, by run-edges env,', () => {
  let env: Record<string, string>;
  beforeAll(async () => {
    env = await toolEnv(at());
  });

  // What the provider puts behind each, as its Go clients and its generated resources do: 7.0 to 7.45, over http.
  test.each([
    ['CLOUD_BILLING', '/', 'v1/projects/P/billingInfo'],
    ['CLOUD_RUN', '/', 'apis/serving.knative.dev/v1/namespaces/P/services'],
    ['CLOUD_RUN_V2', '/v2/', 'projects/P/locations/R/services'],
    ['CLOUD_SCHEDULER', '/v1/', 'projects/P/locations/R/jobs'],
    ['CLOUD_TASKS', '/v2/', 'projects/P/locations/R/queues'],
    ['EVENTARC', '/v1/', 'projects/P/locations/R/triggers'],
    ['IAM', '/', 'v1/projects/P/serviceAccounts'],
    ['IAM_BETA', '/v1/', 'projects/P/locations/global/workloadIdentityPools'],
    ['IAM_CREDENTIALS', '/', 'v1/projects/-/serviceAccounts/search-run@P.iam.gserviceaccount.com:generateIdToken'],
    ['PUBSUB', '/v1/', 'projects/P/topics'],
    ['RESOURCE_MANAGER', '/', 'v1/projects/P'],
    ['RESOURCE_MANAGER_V3', '/', 'v3/projects/P'],
    ['SERVICE_USAGE', '/', 'v1/projects/P/services/run.googleapis.com'],
  ])('finds an API that answers at %s', async (name, path, asked) => {
    expect(env[`GOOGLE_${name}_CUSTOM_ENDPOINT`]).toBe(`${small.cloud.url}${path}`);
    const { id, region } = small.cloud.project;
    const url = env[`GOOGLE_${name}_CUSTOM_ENDPOINT`] + asked.replace('/R/', `/${region}/`).replace(/\bP\b/, id);
    const headers = { authorization: `Bearer ${env.GOOGLE_OAUTH_ACCESS_TOKEN}`, 'content-type': 'application/json' };
    const posted = asked.endsWith(':generateIdToken') && { method: 'POST', body: '{"audience":"https://example.com"}' };
    const response = await fetch(url, { headers, ...posted });
    // The developer owns the project, and is no token creator of its accounts: that is what the API itself says.
    const answer = await response.text();
    expect(response.status, answer).toBe(posted ? 403 : 200);
    if (posted) expect(answer).toContain('iam.serviceAccounts.getOpenIdToken');
  });

  test('is told of nothing else', () => {
    const names = Object.keys(env).filter((name) => name.endsWith('_CUSTOM_ENDPOINT'));
    expect(names).toHaveLength(13);
  });
});
