import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { externalAccount, federatedMember, impersonatedAccount, makeIssuer } from '../auth/identities.ts';
import type { Output } from '../real-clients/run-program.ts';
import { type SmallCloud, startSmallCloud } from '../real-clients/small-cloud.ts';

/** The environment of a program, with Google's addresses and those of Cloud Run in its files, by how it comes by tokens. */
export interface Ways {
  /** As a container of login has it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** login's key file, as Google writes it. */
  readonly key: Readonly<Record<string, string>>;
  /** A developer's sign-in: as `gcloud auth application-default login` writes it. She may become login. */
  readonly developer: Readonly<Record<string, string>>;
  /** The same as login: as the same command writes it with `--impersonate-service-account`. */
  readonly impersonation: Readonly<Record<string, string>>;
  /** Another company's issuer, whose subject may become login: as `create-cred-config` writes it. */
  readonly federation: Readonly<Record<string, string>>;
}

export interface ProductionCloud extends AsyncDisposable {
  readonly small: SmallCloud;
  readonly ways: Ways;
  /**
   * A program that verifies tokens with Google's own keys takes one of login, and refuses it for another audience, and with
   * another signature. @param verify given the audience, and the token on standard input
   */
  expectVerification(verify: (audience: string, token: string) => Promise<Output>): Promise<void>;
}

const AUDIENCE = 'https://a.example';
const DEVELOPER = 'developer@example.com';

export async function startProductionCloud(): Promise<ProductionCloud> {
  const issuer = await makeIssuer();
  const small = await startSmallCloud({ addresses: 'production', workloadIdentityProviders: [issuer.provider] });
  const { cloud, folder } = small;
  const login = cloud.service('login').listed().serviceAccount;
  const resource = `serviceAccounts/${login}` as const;
  cloud.policies.grant(resource, 'roles/iam.serviceAccountTokenCreator', `user:${DEVELOPER}`);
  cloud.policies.grant(resource, 'roles/iam.workloadIdentityUser', federatedMember(cloud, issuer));

  const outside = { PATH: process.env.PATH ?? '', HOME: folder, ...cloud.env(), METADATA_SERVER_DETECTION: 'none' };
  const withFile = async (name: string, content: object) => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(content));
    return { ...outside, GOOGLE_APPLICATION_CREDENTIALS: file };
  };
  const developer = await cloud.userCredentials(DEVELOPER);
  const subject = join(folder, 'subject-token');
  await writeFile(subject, await issuer.token());
  const config = {
    ...externalAccount(cloud, { file: subject }, login),
    token_url: 'https://sts.googleapis.com/v1/token',
  };
  return {
    small,
    ways: {
      metadata: small.env,
      key: await withFile('key', await cloud.serviceAccountKey('login')),
      developer: await withFile('developer', developer),
      impersonation: await withFile('impersonation', impersonatedAccount(developer, login)),
      federation: await withFile('federation', config),
    },
    async expectVerification(verify) {
      const good = await cloud.idToken('login', AUDIENCE);
      const [accepted, ...refused] = await Promise.all([
        verify(AUDIENCE, good),
        verify('https://b.example', good),
        verify(AUDIENCE, `${good.slice(0, -8)}AAAAAAAA`),
      ]);
      expect(accepted).toMatchObject({ code: 0, stdout: `${login}\n` });
      for (const { code, stdout } of refused) {
        expect(code).not.toBe(0);
        expect(stdout).toBe('');
      }
    },
    [Symbol.asyncDispose]: () => small[Symbol.asyncDispose](),
  };
}
