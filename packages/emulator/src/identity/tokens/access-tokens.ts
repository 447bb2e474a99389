import { jwtVerify, SignJWT } from 'jose';
import { type Accounts, isActive } from '../accounts/accounts.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { ProvenPrincipal } from '../principals.ts';
import { TOKEN_LIFETIME_S } from './tokens.ts';

export interface AccessTokenRequest {
  readonly principal: ProvenPrincipal;
  /** Of the service account that it is for: one that is made again by the same e-mail is another. */
  readonly uniqueId?: string;
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
  const { principal, uniqueId, scopes, issuedAt, lifetime = TOKEN_LIFETIME_S } = request;
  const key = keys.current();
  const { member, sets } = principal;
  const inner = await new SignJWT({
    scope: scopes.join(' '),
    sets: sets.map((set) => set.slice(poolOf(member).length)),
    ...(uniqueId === undefined ? {} : { uid: uniqueId }),
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
  readonly iat: number;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/**
 * What an access token of this emulator says; undefined for any other, for one that has expired, and for one of an account
 * that is disabled or gone.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/disable
 */
export async function readAccessToken(
  keys: KeyRing,
  accounts: Accounts,
  token: string,
  now: number,
): Promise<AccessToken | undefined> {
  if (!token.startsWith(PREFIX) || token.length > 16_384) return undefined;
  const inner = Buffer.from(token.slice(PREFIX.length), 'base64url').toString();
  try {
    const { payload } = await jwtVerify(inner, ({ kid = '' }) => publicKey(keys, kid), {
      algorithms: ['RS256'],
      typ: TYPE,
      currentDate: new Date(now * 1000),
      requiredClaims: ['sub', 'exp'],
    });
    const { sub: member = '', sets: inPool, uid } = payload;
    if (!isSomebody(member, uid, accounts)) return undefined;
    const sets = Array.isArray(inPool) ? inPool.map((set) => `${poolOf(member)}${set}`) : [];
    return {
      principal: { member, sets },
      scope: `${payload.scope ?? ''}`,
      iat: payload.iat ?? 0,
      exp: payload.exp ?? 0,
    };
  } catch {
    return undefined;
  }
}

function isSomebody(member: string, uniqueId: unknown, accounts: Accounts): boolean {
  const [, email] = /^serviceAccount:(.+)$/.exec(member) ?? [];
  if (email === undefined) return true;
  const account = accounts.byEmail(email);
  return isActive(account) && (uniqueId === undefined || uniqueId === account?.uniqueId);
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
