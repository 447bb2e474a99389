import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { compactVerify, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { AccountKey, AccountKeys } from '../../identity/accounts/account-keys.ts';
import { type Accounts, isActive, uniqueIdOf } from '../../identity/accounts/accounts.ts';
import type { SystemKeys } from '../../identity/accounts/system-keys.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { mintAccessToken } from '../../identity/tokens/access-tokens.ts';
import { GOOGLE_TOKEN_URL, mintIdToken, TOKEN_LIFETIME_S } from '../../identity/tokens/tokens.ts';
import { clientOf, userClaims, verifyRefreshToken } from '../../identity/tokens/user-credentials.ts';
import type { ResolvedGoogleSettings } from '../google-settings.ts';
import { OAuthError, sendOAuthError, textsOf } from './oauth-error.ts';

export interface TokenRouteOptions {
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  readonly accountKeys: AccountKeys;
  readonly systemKeys: SystemKeys;
  readonly settings: ResolvedGoogleSettings;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

type Fields = Readonly<Record<string, string | undefined>>;

const GOOGLE_TOKEN_URLS = [GOOGLE_TOKEN_URL, 'https://www.googleapis.com/oauth2/v4/token'];
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** PHP's and Rust's client libraries set `iat` back, lest a slow clock refuse it, and count the hour from now on. */
const SET_BACK_S = 60;
const TIMEFRAME =
  'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';

/**
 * `POST /token`: a service account's self-signed assertion, or a user's refresh token, against Google's tokens.
 * @see https://docs.cloud.google.com/docs/authentication/token-types
 * @see RFC 7523 section 2.1
 */
export async function oauthTokenRoute(app: FastifyInstance, options: TokenRouteOptions): Promise<void> {
  const { keys, accounts, accountKeys, systemKeys, settings, now } = options;

  await app.register(formbody);
  for (const path of ['/token', '/oauth2/v4/token'])
    app.post(path, { errorHandler: (error, _request, reply) => sendOAuthError(error, reply) }, async (request) => {
      const fields = textsOf(request.body);
      if (fields.grant_type === JWT_BEARER) return exchangeAssertion(fields, `http://${request.host}${path}`);
      if (fields.grant_type === 'refresh_token') return refresh(fields);
      throw new OAuthError('unsupported_grant_type', `Invalid grant_type: ${fields.grant_type ?? ''}`);
    });

  async function exchangeAssertion({ assertion = '' }: Fields, ownUrl: string): Promise<object> {
    const key = await signingKey(assertion, accountKeys, systemKeys);
    checkKey(key, now());
    const claims = await verifyAssertion(assertion, key, {
      audiences: [ownUrl, ...GOOGLE_TOKEN_URLS],
      skew: settings.assertionSkew,
      now: now(),
    });
    const { account } = key;
    if (!isActive(accounts.byUniqueId(account.uniqueId))) throw new OAuthError('invalid_grant', 'Robot is disabled.');
    if (typeof claims.target_audience === 'string') {
      const { email } = account;
      const audience = claims.target_audience;
      return {
        id_token: await mintIdToken(keys, { account, audience, email: true, authorizedParty: email, issuedAt: now() }),
      };
    }
    if (typeof claims.scope !== 'string' || claims.scope === '')
      throw new OAuthError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
    const principal = { member: `serviceAccount:${account.email}`, sets: [] };
    const token = await mintAccessToken(keys, {
      principal,
      uniqueId: account.uniqueId,
      scopes: claims.scope.split(' '),
      issuedAt: now(),
    });
    return { access_token: token, expires_in: TOKEN_LIFETIME_S - 1, token_type: 'Bearer' };
  }

  async function refresh({ refresh_token: refreshToken = '', client_id: clientId }: Fields): Promise<object> {
    const email = await verifyRefreshToken(keys, refreshToken, now());
    if (email === undefined) throw new OAuthError('invalid_grant', 'Bad Request');
    const scopes = ['https://www.googleapis.com/auth/cloud-platform', 'openid', 'email'];
    const principal = { member: `user:${email}`, sets: [] };
    const accessToken = await mintAccessToken(keys, { principal, scopes, issuedAt: now() });
    const client = clientOf(clientId);
    return {
      access_token: accessToken,
      expires_in: TOKEN_LIFETIME_S - 1,
      scope: scopes.join(' '),
      token_type: 'Bearer',
      id_token: await mintIdToken(keys, {
        account: { email, uniqueId: uniqueIdOf(email) },
        audience: client,
        email: true,
        authorizedParty: client,
        more: userClaims(email, accessToken),
        issuedAt: now(),
      }),
    };
  }
}

async function signingKey(assertion: string, accountKeys: AccountKeys, systemKeys: SystemKeys): Promise<AccountKey> {
  const issuer = readIssuer(assertion);
  const key =
    issuer.kid === undefined
      ? await keyThatSigned(assertion, accountKeys.of(issuer.email))
      : (accountKeys.find(issuer.kid) ?? systemKeys.find(issuer.kid));
  if (key === undefined) throw new OAuthError('invalid_grant', 'Invalid JWT Signature.');
  if (key.account.email !== issuer.email) throw new OAuthError('invalid_grant', 'Invalid grant: account not found');
  return key;
}

/** A key that is disabled, or whose certificate has ended, is as good as none. @throws OAuthError invalid_grant */
function checkKey({ disabled, validBefore }: AccountKey, now: number): void {
  if (disabled || now >= validBefore) throw new OAuthError('invalid_grant', 'Invalid JWT Signature.');
}

/** Node's library does not say which of the account's keys it signs with. */
async function keyThatSigned(assertion: string, keys: readonly AccountKey[]): Promise<AccountKey | undefined> {
  for (const key of keys) {
    const signed = await compactVerify(assertion, key.publicKey, { algorithms: ['RS256'] }).catch(() => undefined);
    if (signed !== undefined) return key;
  }
  return undefined;
}

function readIssuer(assertion: string): { kid: string | undefined; email: unknown } {
  try {
    return { kid: decodeProtectedHeader(assertion).kid, email: decodeJwt(assertion).iss };
  } catch {
    throw new OAuthError('invalid_grant', 'Invalid JWT: the assertion is not a JSON Web Token.');
  }
}

async function verifyAssertion(
  assertion: string,
  key: AccountKey,
  { audiences, skew, now }: { readonly audiences: readonly string[]; readonly skew: number; readonly now: number },
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(assertion, key.publicKey, {
    algorithms: ['RS256'],
    currentDate: new Date(now * 1000),
    clockTolerance: skew,
  }).catch((error: unknown) => {
    if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
      throw new OAuthError('invalid_grant', TIMEFRAME);
    throw new OAuthError('invalid_grant', 'Invalid JWT Signature.');
  });
  const { iat = Number.NaN, exp = Number.NaN, aud } = payload;
  const setBack = iat < now ? SET_BACK_S : 0;
  const shortLived = exp - iat <= TOKEN_LIFETIME_S + setBack && exp > iat && iat <= now + skew;
  if (!shortLived) throw new OAuthError('invalid_grant', TIMEFRAME);
  if (typeof aud !== 'string' || !audiences.includes(aud))
    throw new OAuthError('invalid_grant', 'Invalid JWT: Failed audience check.');
  return payload;
}
