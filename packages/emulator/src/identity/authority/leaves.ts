import { createPrivateKey, webcrypto } from 'node:crypto';
import { ALGORITHM, DAY_MS, generateKeys, loadX509, type MadeAuthority } from './make-authority.ts';

/** A certificate with what clients need to find the authority behind it, and its key: PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly ends: number;
}

/** A certificate for one host name. */
export type SignLeaf = (host: string) => Promise<Leaf>;

/** Signs what it is asked to: that names beyond the constraints are worth nothing is for clients to see. */
export async function leafSigner({ issuer, key }: MadeAuthority): Promise<SignLeaf> {
  const x509 = await loadX509();
  const by = new x509.X509Certificate(issuer);
  const signingKey = createPrivateKey(key).toCryptoKey(ALGORITHM, false, ['sign']);
  const issuerKey = await by.publicKey.export(ALGORITHM, ['verify']);
  // One for all names of this process: making one costs more than signing.
  const keys = await generateKeys();
  const pem = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return async (host) => {
    const now = Date.now();
    const ends = Math.min(now + 45 * DAY_MS, by.notAfter.getTime());
    const certificate = await x509.X509CertificateGenerator.create({
      subject: 'CN=run-edges emulator',
      issuer: by.subject,
      notBefore: new Date(Math.max(now - DAY_MS, by.notBefore.getTime())),
      notAfter: new Date(ends),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        await x509.AuthorityKeyIdentifierExtension.create(issuerKey),
      ],
    });
    return { cert: `${certificate.toString('pem')}\n${issuer}`, key: `${pem}\n`, ends };
  };
}
