import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

/** One of Google's signing keys: RSA 2048, named by 40 hex digits as Google names its own. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: KeyObject;
  /** The public half, as it stands in the JWK set. */
  readonly jwk: JWK;
}

export async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  return assemble(privateKey, await exportJWK(privateKey), randomBytes(20).toString('hex'));
}

/** The private half as a JWK, to be kept in a state file. */
export async function saveSigningKey(key: SigningKey): Promise<JWK> {
  return { ...(await exportJWK(key.privateKey)), kid: key.kid };
}

/** @throws when the JWK is no private RSA key with a key id */
export async function loadSigningKey(jwk: JWK): Promise<SigningKey> {
  const privateKey = await importJWK(jwk, 'RS256', { extractable: true });
  if (privateKey instanceof Uint8Array || privateKey.type !== 'private' || typeof jwk.kid !== 'string')
    throw new TypeError('not a private key with a key id');
  return assemble(privateKey, jwk, jwk.kid);
}

function assemble(privateKey: CryptoKey, { n = '', e = '' }: JWK, kid: string): SigningKey {
  const jwk = { kty: 'RSA', alg: 'RS256', use: 'sig', kid, n, e };
  return { kid, privateKey, publicKey: createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' }), jwk };
}
