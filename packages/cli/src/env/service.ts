import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { answers } from '../emulator-answers.ts';
import { askEmulator, TargetError } from '../emulator-api.ts';
import type { Identity } from './developer.ts';

/** A service of the emulator, or the stranger: whoever asks its metadata server is it. */
export async function asService(api: string, folder: string, name: string): Promise<Identity> {
  const { principals } = await askEmulator(api, '/run-edges/v1/principals', answers.principals);
  const principal = principals.find((one) => one.name === name);
  if (principal === undefined)
    throw new TargetError(
      `The emulator at ${api} knows no ${name}.`,
      `It knows ${principals.map((one) => one.name).join(', ')}.`,
    );
  const { email, metadataHost } = principal;
  const { services } = await askEmulator(api, '/run-edges/v1/services', answers.services);
  const url = services.find((one) => one.name === name)?.url;
  // gcloud remembers for ten minutes whether there is a metadata server, and tokens for their lifetime.
  for (const file of ['gce', 'access_tokens.db']) await rm(join(folder, 'gcloud', file), { force: true });
  return {
    email,
    gcloud: [],
    variables: {
      GCE_METADATA_HOST: metadataHost,
      GCE_METADATA_IP: metadataHost,
      GCE_METADATA_ROOT: metadataHost,
      METADATA_SERVER_DETECTION: 'assume-present',
      // What a program of the service reads where the emulator does not start it itself.
      GOOGLE_CERTS_URL: `${new URL(api).origin}/oauth2/v3/certs`,
      ...(url === undefined ? {} : { SERVICE_URL: url }),
    },
    unset: ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_OAUTH_ACCESS_TOKEN', 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE'],
  };
}

/** Why a program of Google's Node library would be somebody else than the service; undefined where it would not. */
export function ownCredentials(): string | undefined {
  const file = join(homedir(), '.config', 'gcloud', 'application_default_credentials.json');
  if (!existsSync(file)) return undefined;
  return `Google's Node library prefers your own ${file} to a metadata server: run such a program with another HOME.`;
}
