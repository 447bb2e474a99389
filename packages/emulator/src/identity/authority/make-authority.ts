import { randomBytes, webcrypto } from 'node:crypto';

/** Whom certificates of the authority may be for, by name: a name, and all below it. */
export const PERMITTED_NAMES: readonly string[] = [
  'run.app',
  'googleapis.com',
  'accounts.google.com',
  'metadata.google.internal',
  'localhost',
];

/** And by address. A form of name that a constraint does not mention is free: RFC 5280 section 4.2.1.10. */
export const PERMITTED_ADDRESSES: readonly string[] = ['127.0.0.0/8', '::1/128'];

export const DAY_MS = 86_400_000;

/** From a day ago on, for clocks that go behind; 90 days in all. */
const LIFETIME_DAYS = 89;

export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** What is kept of an authority, in PEM. */
export interface MadeAuthority {
  /** What clients trust. Its key is gone: it has signed the issuer, and will sign nothing else. */
  readonly root: string;
  /** Signs the certificates of names, within the same constraints: not every client looks for them in what it trusts. */
  readonly issuer: string;
  /** The issuer's, PKCS #8. */
  readonly key: string;
}

/** An authority for this machine alone, which nobody else can make use of beyond {@link PERMITTED_NAMES}. */
export async function makeAuthority(): Promise<MadeAuthority> {
  const x509 = await loadX509();
  const { AsnConvert } = await import('@peculiar/asn1-schema');
  const rootKeys = await generateKeys();
  const keys = await generateKeys();
  const now = Date.now();
  const common = {
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + LIFETIME_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
  const constraints = new x509.Extension('2.5.29.30', true, AsnConvert.serialize(await nameConstraints()));
  const mark = `${new Date(now).toISOString().slice(0, 10)} ${randomBytes(4).toString('hex')}`;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    name: `CN=run-edges emulator ${mark}, O=this machine (not Google)`,
    keys: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      constraints,
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const issuer = await x509.X509CertificateGenerator.create({
    ...common,
    subject: `CN=run-edges emulator issuer ${mark}, O=this machine (not Google)`,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      constraints,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    root: `${root.toString('pem')}\n`,
    issuer: `${issuer.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  };
}

/** Whoever needs no certificates does not wait for it. It wants reflect-metadata first. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

export function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function nameConstraints() {
  const { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } = await import('@peculiar/asn1-x509');
  const bases = [
    ...PERMITTED_NAMES.map((dNSName) => new GeneralName({ dNSName })),
    ...PERMITTED_ADDRESSES.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  return new NameConstraints({
    permittedSubtrees: new GeneralSubtrees(bases.map((base) => new GeneralSubtree({ base }))),
  });
}
