import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Output, runProgram } from './run-program.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { clients, findToolchain } from './toolchain.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['sh', 'curl', 'gcloud'] });

type Env = Record<string, string>;

/** Each call is a process of gcloud; the first of these and impersonation are tried by default. */
const SLOW = { tags: 'slow' };

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  let login: string;
  beforeAll(async () => {
    small = await startSmallCloud();
    login = small.cloud.service('login').listed().serviceAccount;
  });
  afterAll(() => small[Symbol.asyncDispose]());

  /** gcloud with a configuration of its own that finds Google's endpoints here. */
  function env(configuration: string, credentials: Env = {}): Env {
    const { cloud, folder } = small;
    return {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      CLOUDSDK_CONFIG: join(folder, configuration),
      CLOUDSDK_CORE_PROJECT: cloud.project.id,
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_AUTH_TOKEN_HOST: `${cloud.url}/token`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${cloud.url}/`,
      ...credentials,
    };
  }

  async function developer(email: string): Promise<Env> {
    const file = join(small.folder, `${email}.json`);
    await writeFile(file, JSON.stringify(await small.cloud.userCredentials(email)));
    return env(email, { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: file });
  }

  const gcloud = (args: readonly string[], env: Env) => runProgram({ command: 'gcloud', args, env });
  const call = (program: string, args: readonly string[], env: Env): Promise<Output> =>
    runProgram({ command: 'sh', args: [join(clients, 'gcloud', program), ...args], env });

  test('print-identity-token, by the metadata server', () =>
    small.expectEdges((url) => call('call.sh', [url], small.env)));

  test('print-identity-token, by GCE_METADATA_ROOT alone', SLOW, () =>
    small.expectEdges((url) => call('call.sh', [url], small.envOf(['GCE_METADATA_ROOT']))),
  );

  test('print-identity-token, by an activated key', SLOW, async () => {
    const { GOOGLE_APPLICATION_CREDENTIALS: file = '' } = await small.keyEnv();
    const { CLOUDSDK_AUTH_TOKEN_HOST: _, ...keyUriAlone } = env('activated');
    const activated = await gcloud(['auth', 'activate-service-account', `--key-file=${file}`], keyUriAlone);
    expect(activated.stderr).toContain(`Activated service account credentials for: [${login}]`);
    await small.expectEdges((url) => call('call.sh', [url], keyUriAlone));
  });

  test('print-identity-token, by a key file', SLOW, async () => {
    const { GOOGLE_APPLICATION_CREDENTIALS: file = '' } = await small.keyEnv();
    const credentials = env('key', { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: file });
    await small.expectEdges((url) => call('call.sh', [url], credentials));
  });

  test('print-identity-token, by impersonation where the policy allows it', async () => {
    const ada = await developer('ada@example.com');
    const options = [`--impersonate-service-account=${login}`, '--include-email'];
    const refused = await call('call.sh', [small.cloud.service('user-profiles').url, ...options], ada);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain("Permission 'iam.serviceAccounts.getAccessToken' denied");

    const role = 'roles/iam.serviceAccountTokenCreator';
    small.cloud.policies.grant(`serviceAccounts/${login}`, role, 'user:ada@example.com');
    await small.expectEdges((url) => call('call.sh', [url, ...options], ada));
    small.cloud.policies.revoke(`serviceAccounts/${login}`, role, 'user:ada@example.com');
  });

  test('print-identity-token of a developer, who has no audience to choose', SLOW, async () => {
    const ada = await developer('ada@example.com');
    const chosen = await call('call.sh', [small.cloud.service('user-profiles').url], ada);
    expect(chosen.stderr).toContain('Requires valid service account');

    small.cloud.policies.grant('services/user-profiles', 'roles/run.invoker', 'user:ada@example.com');
    await small.expectEdges((url) => call('call-as-yourself.sh', [url], ada), 'ada@example.com');
    small.cloud.policies.revoke('services/user-profiles', 'roles/run.invoker', 'user:ada@example.com');
  });

  test('print-access-token, which the gate refuses and generateIdToken takes', SLOW, async () => {
    const { stdout } = await gcloud(['auth', 'print-access-token'], small.env);
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    expect((await fetch(small.cloud.service('user-profiles').url, { headers })).status).toBe(401);
    expect(small.cloud.decisions.list().at(-1)).toMatchObject({ rule: 'access-token', receiver: 'user-profiles' });

    const role = 'roles/iam.serviceAccountOpenIdTokenCreator';
    small.cloud.policies.grant(`serviceAccounts/${login}`, role, `serviceAccount:${login}`);
    const env = { ...small.env, CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${small.cloud.url}/` };
    await small.expectEdges((url) => call('call-with-access-token.sh', [url, login], env));
    small.cloud.policies.revoke(`serviceAccounts/${login}`, role, `serviceAccount:${login}`);
  });
});
