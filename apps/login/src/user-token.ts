import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { SignJWT } from 'jose/jwt/sign';
import type { LoginStore } from './store/store.ts';

/** Names a person to user-profiles, beside the ID token that names this service. */
export interface UserTokens {
  /** Signs a token for a person that is good for five minutes. */
  sign(person: { id: string; email: string }): Promise<string>;
  /** The public keys as a JWK set (RFC 7517 section 5), for `/.well-known/jwks.json`. */
  jwks(): Promise<{ keys: Record<string, unknown>[] }>;
}

interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicJwk: Record<string, unknown>;
}

const ISSUER = 'login';
const AUDIENCE = 'user-profiles';
const LIFETIME = '5 minutes';

const HOUR_MS = 60 * 60 * 1_000;
/** Each key signs for a day of UTC. */
const PERIOD_MS = 24 * HOUR_MS;
/** It is published so long before and after: more than verifiers keep the set, clocks differ, and tokens live. */
const OVERLAP_MS = HOUR_MS;

/**
 * The keys that user tokens are signed with. Which one signs is a matter of the calendar alone, and the store keeps one
 * for each day whoever asks first: so all instances agree without talking to each other.
 */
export function createUserTokens(store: LoginStore, now: () => number = Date.now): UserTokens {
  const known = new Map<number, Promise<SigningKey>>();

  function keyOf(period: number): Promise<SigningKey> {
    const key = known.get(period) ?? readKey(store, period);
    known.set(period, key);
    // Asked again next time, and nothing older than the previous day's is held.
    key.catch(() => known.delete(period));
    for (const old of known.keys()) if (old < period - 1) known.delete(old);
    return key;
  }

  const periodAt = (time: number) => Math.floor(time / PERIOD_MS);

  return {
    jwks: async () => {
      const periods = new Set([-OVERLAP_MS, 0, OVERLAP_MS].map((offset) => periodAt(now() + offset)));
      const keys = await Promise.all([...periods].map(keyOf));
      return { keys: keys.map(({ publicJwk }) => publicJwk) };
    },
    sign: async ({ id, email }) => {
      const { kid, privateKey } = await keyOf(periodAt(now()));
      return new SignJWT({ email })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(id)
        .setIssuedAt()
        .setExpirationTime(LIFETIME)
        .sign(privateKey);
    },
  };
}

/** The key of a period as the store keeps it; made when nobody has done so yet. */
async function readKey(store: LoginStore, period: number): Promise<SigningKey> {
  const candidate = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const unneeded = (period + 1) * PERIOD_MS + OVERLAP_MS;
  const kept = await store.keepSecret(`user-token-key-${period}`, JSON.stringify(candidate), unneeded);
  const privateKey = createPrivateKey({ key: JSON.parse(kept) as JsonWebKey, format: 'jwk' });
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ ...publicJwk, kty: 'EC' });
  return { kid, privateKey, publicJwk: { ...publicJwk, kid, alg: 'ES256', use: 'sig' } };
}
