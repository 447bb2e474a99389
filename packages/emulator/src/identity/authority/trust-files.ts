import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
// By the whole: a name that an old Node lacks would fail before that Node is refused in a clear line.
import tls from 'node:tls';
import { trustStore } from './trust-store.ts';

/** What a program trusts, in the forms in which programs read it: paths. */
export interface TrustFiles {
  /** The authority alone, for programs that add it to what they trust: PEM. */
  readonly authority: string;
  /** The authority and the public ones, for programs that trust nothing besides: PEM. */
  readonly bundle: string;
  /** The same for Java: PKCS #12 without a password. */
  readonly store: string;
  /** Settings of PHP, which has no variable for it: in a folder that it reads settings from they name the second one. */
  readonly php: string;
}

/** By a variable: who reads it may know the folder by another path. */
const PHP_SETTINGS = ['curl.cainfo', 'openssl.cafile'].map((name) => `${name} = \${SSL_CERT_FILE}\n`).join('');

/** Writes them into a folder of somebody's own: who is kept apart from others sees no other one. */
export type WriteTrustFiles = (folder: string) => Promise<TrustFiles>;

/** Where they are in a folder. */
export function trustFilesIn(folder: string): TrustFiles {
  return {
    authority: join(folder, 'authority.pem'),
    bundle: join(folder, 'bundle.pem'),
    store: join(folder, 'truststore.p12'),
    php: join(folder, 'trust.ini'),
  };
}

/** @param certificate of the authority, PEM */
export async function trustFiles(certificate: string): Promise<WriteTrustFiles> {
  // The public ones as this process trusts them, with those that its user has added.
  const all = [certificate, ...tls.getCACertificates('default')];
  const bundle = all.map((pem) => `${pem.trim()}\n`).join('');
  const store = await trustStore(all);
  return async (folder) => {
    const files = trustFilesIn(folder);
    await mkdir(folder, { recursive: true });
    await Promise.all([
      writeFile(files.authority, certificate),
      writeFile(files.bundle, bundle),
      writeFile(files.store, store),
      writeFile(files.php, PHP_SETTINGS),
    ]);
    return files;
  };
}
