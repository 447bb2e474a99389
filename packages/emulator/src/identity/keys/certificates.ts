import { type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import type { SigningKey } from './signing-key.ts';

/** What Google's own certificates name. */
const SUBJECT = 'CN=federated-signon.system.gserviceaccount.com';
const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** The published keys as self-signed X.509 certificates in PEM, by key id. */
export type Certificates = () => Promise<Record<string, string>>;

/** Certificates of the ring's keys, each made when it is first asked for. */
export function createCertificates(keys: KeyRing): Certificates {
  let made = new Map<string, Promise<string>>();
  return async () => {
    made = new Map(keys.published().map((key) => [key.kid, made.get(key.kid) ?? certify(key, SUBJECT)]));
    return Object.fromEntries(await Promise.all([...made].map(async ([kid, pem]) => [kid, await pem])));
  };
}

/** The key's self-signed certificate, in PEM. @param subject a distinguished name */
export async function certify(key: SigningKey, subject: string): Promise<string> {
  const publicKey = await webcrypto.subtle.importKey('jwk', key.jwk, ALGORITHM, true, ['verify']);
  return issue(publicKey, key, subject);
}

/** A certificate of a service account's key, which one that Google holds for the account signs: PEM. */
export async function certifyFor(publicKey: KeyObject, signer: SigningKey, email: string): Promise<string> {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return issue(await webcrypto.subtle.importKey('spki', der, ALGORITHM, true, ['verify']), signer, subjectOf(email));
}

/** What certificates of a service account name. */
export function subjectOf(email: string): string {
  return `CN=${email.replace('@', '.')}`;
}

/** The certificate in PEM, where it is one of an RSA key that is long enough; else undefined. */
export function readCertificate(pem: string): string | undefined {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return undefined;
  try {
    const certificate = new X509Certificate(pem);
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    return asymmetricKeyType === 'rsa' && bits >= 2048 && bits <= 4096 ? certificate.toString() : undefined;
  } catch {
    return undefined;
  }
}

async function issue(publicKey: webcrypto.CryptoKey, signer: SigningKey, subject: string): Promise<string> {
  // Few ask for certificates, so that nobody waits for this library at the start. It wants reflect-metadata first.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: subject,
    notBefore: new Date(now - YEAR_MS),
    notAfter: new Date(now + 10 * YEAR_MS),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: signer.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
