import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gcpMetadata } from 'google-auth-library';
import { vi } from 'vitest';
import { clearTokenCache } from '../outbound/token-cache.ts';
import { type LocalGoogle, startGoogle } from './google.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** A service account's key as its file has it. */
export const PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Variables by which this machine's own credentials would be found. */
const OWN = [
  'GCLOUD_PROJECT',
  'GOOGLE_CLOUD_PROJECT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'CLOUDSDK_CONFIG',
  'K_SERVICE',
  'GCE_METADATA_IP',
  'METADATA_SERVER_DETECTION',
];

/** A process with a Google of its own, an empty home folder, and no credentials but those that a test gives it. */
export interface Alone extends AsyncDisposable {
  readonly google: LocalGoogle;
  readonly home: string;
  /** Makes this the credentials file of the process. */
  readonly credentialFile: (content: unknown) => void;
}

export async function startAlone(): Promise<Alone> {
  const google = await startGoogle();
  const home = mkdtempSync(join(tmpdir(), 'auth-alone-'));
  for (const name of OWN) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('GCE_METADATA_HOST', google.host);
  gcpMetadata.resetIsAvailableCache();
  clearTokenCache();
  return {
    google,
    home,
    credentialFile(content) {
      const file = join(home, 'credentials.json');
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
      rmSync(home, { recursive: true });
      await google[Symbol.asyncDispose]();
    },
  };
}
