import { jwtVerify, SignJWT } from 'jose';
import type { KeyRing } from '../keys/key-ring.ts';
import type { ProvenPrincipal } from './principals.ts';
import { TOKEN_LIFETIME_S } from './tokens.ts';

export interface AccessTokenRequest {
  readonly principal: ProvenPrincipal;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds. Default one hour. */
  readonly lifetime?: number;
}

const TYPE = 'at+jwt';
const PREFIX = 'ya29.';

/**
 * An opaque OAuth access token. It looks like Google's (`ya29.` and no further dot) and carries its own signed
 * claims inside, so that it needs no memory here and outlives a restart no longer than the keys do.
 */
export async function mintAccessToken(keys: KeyRing, request: AccessTokenRequest): Promise<string> {
  const { principal, scopes, issuedAt, lifetime = TOKEN_LIFETIME_S } = request;
  const key = keys.current();
  const { member, sets } = principal;
  const inner = await new SignJWT({
    scope: scopes.join(' '),
    sets: sets.map((set) => set.slice(poolOf(member).length)),
  })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: TYPE })
    .setSubject(member)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetime)
    .sign(key.privateKey);
  return `${PREFIX}${Buffer.from(inner).toString('base64url')}`;
}

/** What an access token says. */
export interface AccessToken {
  readonly principal: ProvenPrincipal;
  /** Scopes, blanks between them. */
  readonly scope: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** Who an access token of this emulator belongs to; undefined for any other, and for one that has expired. */
export async function verifyAccessToken(
  keys: KeyRing,
  token: string,
  now: number,
): Promise<ProvenPrincipal | undefined> {
  return (await readAccessToken(keys, token, now))?.principal;
}

/** The same with all that it says. */
export async function readAccessToken(keys: KeyRing, token: string, now: number): Promise<AccessToken | undefined> {
  if (!token.startsWith(PREFIX) || token.length > 16_384) return undefined;
  const inner = Buffer.from(token.slice(PREFIX.length), 'base64url').toString();
  try {
    const { payload } = await jwtVerify(inner, ({ kid = '' }) => publicKey(keys, kid), {
      algorithms: ['RS256'],
      typ: TYPE,
      currentDate: new Date(now * 1000),
      requiredClaims: ['sub', 'exp'],
    });
    const { sub: member = '', sets: inPool } = payload;
    const sets = Array.isArray(inPool) ? inPool.map((set) => `${poolOf(member)}${set}`) : [];
    return { principal: { member, sets }, scope: `${payload.scope ?? ''}`, exp: payload.exp ?? 0 };
  } catch {
    return undefined;
  }
}

/** What the sets of a federated identity begin with, `principalSet://POOL/`: a token does without. Nobody else has sets. */
function poolOf(member: string): string {
  const [, pool] = /^principal:(.+?\/)subject\//.exec(member) ?? [];
  return pool === undefined ? '' : `principalSet:${pool}`;
}

function publicKey(keys: KeyRing, kid: string) {
  const key = keys.find(kid);
  if (key === undefined) throw new Error('no such key');
  return key.publicKey;
}
