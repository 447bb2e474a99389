import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { answers } from '../emulator-answers.ts';
import { askEmulator, TargetError } from '../emulator-api.ts';
import type { Identity } from './developer.ts';
import { askEnvironments, isProduction } from './environments.ts';

/** What makes a program somebody else than the service, or is the developer's alone. */
const NOT_ITS_OWN = [
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
  'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE',
  'RUN_EDGES_TOKEN',
];

/**
 * A service of the emulator, or the stranger: whoever asks its metadata server is it. With the variables that its
 * container was given, whoever started that.
 */
export async function asService(api: string, folder: string, name: string): Promise<Identity> {
  const { principals } = await askEmulator(api, '/run-edges/v1/principals', answers.principals);
  const email = principals.find((one) => one.name === name)?.email;
  const known = principals.map((one) => one.name).join(', ');
  if (email === undefined) throw new TargetError(`The emulator at ${api} knows no ${name}.`, `It knows ${known}.`);
  const environments = await askEnvironments(api);
  const own = Object.hasOwn(environments, name) ? (environments[name] ?? {}) : {};
  // What another service has would be left over from a shell that was that one.
  const others = new Set(Object.values(environments).flatMap((one) => Object.keys(one)));
  // gcloud remembers for ten minutes whether there is a metadata server, and tokens for their lifetime.
  for (const file of ['gce', 'access_tokens.db']) await rm(join(folder, 'gcloud', file), { force: true });
  return {
    email,
    gcloud: [],
    atProduction: isProduction(environments),
    variables: own,
    unset: [...NOT_ITS_OWN, ...others].filter((variable) => !Object.hasOwn(own, variable)),
  };
}

/** Why a program of Google's Node library would be somebody else than the service; undefined where it would not. */
export function ownCredentials(): string | undefined {
  const file = join(homedir(), '.config', 'gcloud', 'application_default_credentials.json');
  if (!existsSync(file)) return undefined;
  return `Google's Node library prefers your own ${file} to a metadata server: run such a program with another HOME.`;
}
