import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { externalAccount, federatedMember } from '../auth/identities.ts';
import { copyNode, type RunNode } from '../real-clients/node.ts';
import { pythonToolchain, runPython } from '../real-clients/python.ts';
import { findToolchain } from '../real-clients/toolchain.ts';
import { curl, expectEitherHeader, expectLogin, printed } from './calls.ts';
import { type Env, fill, type Reader, startReader } from './reader.ts';
import { states } from './states.ts';

const { title, missing } = await findToolchain({
  name: 'The page: from outside Google Cloud',
  commands: ['bash', 'curl', 'gcloud', 'jq'],
});

/** The page's own, with the token of the step before in STS_TOKEN. */
const GENERATE = `ID_TOKEN=$(curl -0 -X POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/SERVICE_ACCOUNT:generateIdToken \\
  -H "Content-Type: text/json; charset=utf-8" \\
  -H "Authorization: Bearer $STS_TOKEN" \\
  -d @- <<EOF | jq -r .token
  {
      "audience": "SERVICE_URL"
  }
EOF
)
echo $ID_TOKEN`;

/** The step before, as the page on workload identity federation has it. */
const EXCHANGE = `curl -sSf https://sts.googleapis.com/v1/token \\
  --data-urlencode "audience=//iam.googleapis.com/PROVIDER" \\
  --data-urlencode "grant_type=urn:ietf:params:oauth:grant-type:token-exchange" \\
  --data-urlencode "requested_token_type=urn:ietf:params:oauth:token-type:access_token" \\
  --data-urlencode "scope=https://www.googleapis.com/auth/cloud-platform" \\
  --data-urlencode "subject_token_type=urn:ietf:params:oauth:token-type:jwt" \\
  --data-urlencode "subject_token=$SUBJECT_TOKEN" | jq -r .access_token`;

describe.skipIf(missing)(title, () => {
  let reader: Reader;
  let node: RunNode;
  beforeAll(async () => {
    reader = await startReader();
    node = await copyNode('seed-page-outside');
    reader.cloud.policies.grant(
      `serviceAccounts/${reader.emailOf('login')}`,
      'roles/iam.workloadIdentityUser',
      federatedMember(reader.cloud, reader.issuer),
    );
  });
  afterAll(() => reader[Symbol.asyncDispose]());

  const poolOf = (pool: string) =>
    `projects/${reader.cloud.project.number}/locations/global/workloadIdentityPools/${pool}`;

  async function stsToken(provider: string): Promise<string> {
    const env = { ...(await reader.outside()), SUBJECT_TOKEN: await reader.issuer.token() };
    return (await reader.bash(fill(EXCHANGE, { PROVIDER: provider }), env)).stdout.trim();
  }

  async function generate(account: string, audience: string, token: string): Promise<string> {
    const command = fill(GENERATE, { SERVICE_ACCOUNT: account, SERVICE_URL: audience });
    return (await reader.bash(command, { ...(await reader.outside()), STS_TOKEN: token })).stdout.trim();
  }

  const idToken = async (audience: string) =>
    generate(reader.emailOf('login'), audience, await stsToken(`${poolOf('ci')}/providers/actions`));

  const tagged = () => {
    reader.cloud.service('user-profiles').configure({ tags: ['candidate'] });
    return reader.urlOf('user-profiles').replace('https://', 'https://candidate---');
  };
  const statusAt = async (url: string, token: string) =>
    (await curl(reader, url, { headers: [`Authorization: Bearer ${token}`], env: await reader.outside() })).status;

  describe('workload identity federation', () => {
    states('federation:configure', async () => {
      const keys = join(reader.folder, 'keys.json');
      const { issuer, jwks } = reader.issuer.provider;
      await writeFile(keys, JSON.stringify(jwks));
      const subject = `principal://iam.googleapis.com/${poolOf('laptops')}/subject/${reader.issuer.subject}`;
      await reader.bash(
        `gcloud iam workload-identity-pools create laptops --location=global
          gcloud iam workload-identity-pools providers create-oidc laptop --location=global \\
            --workload-identity-pool=laptops --issuer-uri='${issuer}' --jwk-json-path='${keys}' \\
            --allowed-audiences=run-edges --attribute-mapping=google.subject=assertion.sub
          gcloud iam service-accounts add-iam-policy-binding ${reader.emailOf('search')} \\
            --role=roles/iam.workloadIdentityUser --member='${subject}'`,
        await reader.atTerminal(),
      );
      const token = await stsToken(`${poolOf('laptops')}/providers/laptop`);
      const url = reader.urlOf('search');
      expect(decodeJwt(await generate(reader.emailOf('search'), url, token)).aud).toBe(url);
      // So jq prints what is not there: this account was not told to trust that subject.
      expect(await generate(reader.emailOf('user-profiles'), url, token)).toBe('null');
    });

    states('federation:curl', () =>
      expectLogin(reader, async (url, audience) => {
        const headers = [`Authorization: Bearer ${await idToken(audience)}`];
        return curl(reader, url, { headers, env: await reader.outside() });
      }),
    );

    states('federation:tag', async () => {
      const at = tagged();
      expect(await statusAt(at, await idToken(reader.urlOf('user-profiles')))).toBe(200);
      expect(await statusAt(at, await idToken(at))).toBe(401);
    });

    states('federation:headers', async () =>
      expectEitherHeader(reader, await idToken(reader.urlOf('user-profiles')), await reader.outside()),
    );

    /** As `gcloud iam workload-identity-pools create-cred-config` writes it. */
    async function configured(): Promise<Env> {
      const file = join(reader.folder, 'subject-token');
      await writeFile(file, await reader.issuer.token());
      const config = externalAccount(reader.cloud, { file }, reader.emailOf('login'));
      return reader.outside({ ...config, token_url: 'https://sts.googleapis.com/v1/token' });
    }

    states('federation:node', async () => {
      const env = await configured();
      const [receiver, search] = [reader.urlOf('user-profiles'), reader.urlOf('search')];
      expect(printed(await node('call-from-outside.js', [receiver], env))).toMatchObject({ status: 200 });
      const { code, stderr } = await node('call-from-outside.js', [search], env);
      expect([code, stderr]).toEqual([1, expect.stringContaining(reader.emailOf('login'))]);
    });

    describe.skipIf(pythonToolchain.missing)(pythonToolchain.title, () =>
      states('federation:python', async () => {
        const env = await configured();
        await expectLogin(reader, async (...args) => printed(await runPython('call_from_outside.py', args, env)));
      }),
    );
  });

  describe('a downloaded key', () => {
    /** As Google's own are: `token_uri` is Google's. */
    const keyEnv = async () => {
      const key = await reader.cloud.serviceAccountKey('login');
      return reader.outside({ ...key, token_uri: 'https://oauth2.googleapis.com/token' });
    };

    states('key:download', async () => {
      const file = join(reader.folder, 'downloaded.json');
      const account = reader.emailOf('login');
      const command = `gcloud iam service-accounts keys create '${file}' --iam-account=${account}`;
      await reader.bash(command, await reader.atTerminal());
      const env = { ...(await reader.outside()), GOOGLE_APPLICATION_CREDENTIALS: file };
      await expectLogin(reader, async (...args) => printed(await node('call.js', args, env)));
    });

    states('key:self-signed-node', async () => {
      const env = await keyEnv();
      await expectLogin(reader, async (...args) => printed(await node('call-with-key.js', args, env)));
    });

    describe.skipIf(pythonToolchain.missing)(pythonToolchain.title, () =>
      states('key:self-signed-python', async () => {
        const env = await keyEnv();
        await expectLogin(reader, async (...args) => printed(await runPython('call_with_key.py', args, env)));
      }),
    );

    const status = async (url: string, audience: string) =>
      printed(await node('call-with-key.js', [url, audience], await keyEnv())).status;

    states('key:custom-audience', async () => {
      const custom = 'https://profiles.example.com';
      const url = reader.urlOf('user-profiles');
      expect(await status(url, custom)).toBe(401);
      reader.cloud.service('user-profiles').configure({ customAudiences: [custom] });
      expect(await status(url, custom)).toBe(200);
    });

    states('key:tag', async () => {
      const at = tagged();
      expect(await status(at, reader.urlOf('user-profiles'))).toBe(200);
      expect(await status(at, at)).toBe(401);
    });

    states('key:headers', async () => {
      const url = reader.urlOf('user-profiles');
      const called = printed(await node('call-with-key.js', [url], await keyEnv()));
      const token = String(called.reached?.headers.authorization).slice('Bearer '.length);
      await expectEitherHeader(reader, token, await reader.outside());
    });
  });
});
