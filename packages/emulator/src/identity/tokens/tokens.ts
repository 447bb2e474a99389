import { SignJWT } from 'jose';
import type { ServiceAccount } from '../accounts/accounts.ts';
import type { KeyRing } from '../keys/key-ring.ts';

export const GOOGLE_ISSUER = 'https://accounts.google.com';

/** Where key files and client libraries exchange tokens. */
export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** Google's ID and access tokens live for an hour. */
export const TOKEN_LIFETIME_S = 3600;

export interface IdTokenRequest {
  readonly account: Pick<ServiceAccount, 'email' | 'uniqueId'>;
  readonly audience: string;
  /** Whether `email` and `email_verified` are in the token. */
  readonly email: boolean;
  /** Who is authorized: the unique id, or the e-mail where the token was exchanged. Default the unique id. */
  readonly authorizedParty?: string;
  /** Claims that only this kind of token has. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
}

/**
 * A Google-signed ID token: RS256 with `kid` and `typ`, `azp` and `sub` the account's unique id, one hour of life.
 * @see https://docs.cloud.google.com/docs/authentication/token-types#id
 */
export function mintIdToken(keys: KeyRing, request: IdTokenRequest): Promise<string> {
  const { account, audience, issuedAt } = request;
  const key = keys.current();
  const claims = {
    aud: audience,
    azp: request.authorizedParty ?? account.uniqueId,
    ...(request.email ? { email: account.email, email_verified: true } : {}),
    ...request.more,
    exp: issuedAt + TOKEN_LIFETIME_S,
    iat: issuedAt,
    iss: GOOGLE_ISSUER,
    sub: account.uniqueId,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' }).sign(key.privateKey);
}
