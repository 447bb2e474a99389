import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { SignJWT } from 'jose/jwt/sign';
import type { LoginStore } from './store/store.ts';

/** Names a person to user-profiles, beside the ID token that names this service. */
export interface UserTokens {
  /** Signs a token for a person that is good for five minutes. */
  sign(person: { id: string; email: string }): Promise<string>;
  /** The public keys as a JWK set (RFC 7517 section 5), for `/.well-known/jwks.json`. */
  readonly jwks: { keys: Record<string, unknown>[] };
}

const ISSUER = 'login';
const AUDIENCE = 'user-profiles';
const LIFETIME = '5 minutes';

/** Takes the signing key from the store; the first start makes it. */
export async function createUserTokens(store: LoginStore): Promise<UserTokens> {
  const candidate = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const kept = JSON.parse(await store.keepSecret('user-token-key', JSON.stringify(candidate))) as JsonWebKey;
  const key = createPrivateKey({ key: kept, format: 'jwk' });
  const publicJwk = createPublicKey(key).export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ ...publicJwk, kty: 'EC' });

  return {
    jwks: { keys: [{ ...publicJwk, kid, alg: 'ES256', use: 'sig' }] },
    sign: ({ id, email }) =>
      new SignJWT({ email })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(id)
        .setIssuedAt()
        .setExpirationTime(LIFETIME)
        .sign(key),
  };
}
