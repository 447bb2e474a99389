import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { externalAccount, federatedMember, makeIssuer } from '../auth/identities.ts';
import { googleByName } from '../support/google-by-name.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';

/** A program outside Google Cloud for which an issuer of its own vouches, and which may become login. */
export interface Outside extends AsyncDisposable {
  readonly small: SmallCloud;
  /** Its environment: no metadata server, and a credential file as gcloud writes it, with Google's addresses. */
  readonly env: Record<string, string>;
}

export async function startOutside(): Promise<Outside> {
  await using started = new AsyncDisposableStack();
  const issuer = await makeIssuer();
  const small = started.use(await startSmallCloud({ workloadIdentityProviders: [issuer.provider] }));
  const { cloud, folder } = small;
  const google = started.use(await googleByName(() => cloud, { folder }));
  const login = cloud.service('login').listed().serviceAccount;
  const subject = federatedMember(cloud, issuer);
  cloud.policies.grant(`serviceAccounts/${login}`, 'roles/iam.workloadIdentityUser', subject);

  const token = join(folder, 'subject-token');
  await writeFile(token, await issuer.token());
  const config = join(folder, 'config.json');
  const written = {
    ...externalAccount(cloud, { file: token }, login),
    token_url: 'https://sts.googleapis.com/v1/token',
  };
  await writeFile(config, JSON.stringify(written));
  const parts = started.move();
  return {
    small,
    env: {
      ...small.envOf([]),
      ...google.env,
      METADATA_SERVER_DETECTION: 'none',
      GOOGLE_APPLICATION_CREDENTIALS: config,
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
