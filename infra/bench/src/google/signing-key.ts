// @peculiar/x509 wants it loaded first.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { CALLER } from './caller.ts';

/** A key like Google's: RSA of 2048 bits for RS256, published as a JWK and as an X.509 certificate. */
export interface SigningKey {
  readonly jwks: { readonly keys: readonly JWK[] };
  /** PEM by key id: the shape of `https://www.googleapis.com/oauth2/v1/certs`. */
  readonly certificates: Readonly<Record<string, string>>;
  /** An ID token as Google's metadata server gives it with `format=full`, good for an hour; no two are the same. */
  readonly sign: (audience: string) => Promise<string>;
}

export const ISSUER = 'https://accounts.google.com';

const DAY_MS = 86_400_000;

export async function createSigningKey(): Promise<SigningKey> {
  const kid = randomUUID();
  const keys = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid, alg: 'RS256', use: 'sig' };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=federated-signon.system.gserviceaccount.com',
    keys,
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  });
  const sign = (audience: string): Promise<string> =>
    new SignJWT({ azp: '112233445566778899001', email: CALLER, email_verified: true, jti: randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject('112233445566778899001')
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(keys.privateKey);
  return { jwks: { keys: [jwk] }, certificates: { [kid]: certificate.toString('pem') }, sign };
}
