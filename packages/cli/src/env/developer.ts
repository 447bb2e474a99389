import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEVELOPER, type UserCredentials } from '@run-edges/emulator';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';
import { askEmulator } from '../emulator-api.ts';
import type { GcloudProperty } from './emulator-settings.ts';
import { askEnvironments, isProduction } from './environments.ts';

export interface Identity {
  /** Who the tools are: an e-mail. */
  readonly email: string;
  readonly gcloud: readonly GcloudProperty[];
  /** Whether the tools meet the emulator at Google's addresses, and need no other. */
  readonly atProduction: boolean;
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that would make the tools somebody else. */
  readonly unset: readonly string[];
}

/** A developer who is signed in at the emulator. The credentials are written to the folder, for its owner alone. */
export async function asDeveloper(api: string, folder: string, email: string | undefined): Promise<Identity> {
  const { origin } = new URL(api);
  const signedIn = await askAsDeveloper(
    api,
    '/run-edges/v1/credentials',
    answers.credentials,
    email === undefined ? {} : { email },
  );
  // Nothing but what is known: gcloud would do what another kind of file says, such as read files and send them away.
  const { type, client_id, client_secret, refresh_token } = signedIn.credentials;
  const credentials = { type, client_id, client_secret, refresh_token };
  const { access_token: accessToken } = await askEmulator(
    api,
    '/token',
    answers.accessToken,
    new URLSearchParams({ ...credentials, grant_type: 'refresh_token' }),
  );
  const environments = await askEnvironments(api);
  // By production addresses Google's libraries reach the emulator wherever they ask.
  const production = environments[DEVELOPER];
  const forLibraries = production === undefined ? applicationDefault(credentials, origin) : credentials;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const gcloudFile = join(folder, 'user.json');
  const libraryFile = join(folder, 'application-default.json');
  await writeFile(gcloudFile, JSON.stringify(credentials), { mode: 0o600 });
  await writeFile(libraryFile, JSON.stringify(forLibraries), { mode: 0o600 });
  // Tokens of an emulator that is gone.
  await rm(join(folder, 'gcloud', 'access_tokens.db'), { force: true });
  return {
    email: signedIn.email,
    gcloud: [
      { section: 'core', property: 'account', value: signedIn.email },
      { section: 'auth', property: 'credential_file_override', value: gcloudFile },
    ],
    atProduction: isProduction(environments),
    variables: {
      ...production,
      GOOGLE_APPLICATION_CREDENTIALS: libraryFile,
      GOOGLE_OAUTH_ACCESS_TOKEN: accessToken,
    },
    unset: ['GCE_METADATA_HOST', 'GCE_METADATA_IP', 'GCE_METADATA_ROOT', 'METADATA_SERVER_DETECTION'],
  };
}

/** Client libraries post the refresh tokens of users to Google, but those of this kind to the address in the file. */
function applicationDefault({ client_id, client_secret, refresh_token }: UserCredentials, origin: string): object {
  return {
    type: 'external_account_authorized_user',
    audience: '//iam.googleapis.com/locations/global/workforcePools/run-edges/providers/run-edges',
    client_id,
    client_secret,
    refresh_token,
    token_url: `${origin}/token`,
    token_info_url: `${origin}/v1/introspect`,
    universe_domain: 'googleapis.com',
  };
}
