import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import { uniqueIdOf } from '../../identity/accounts/accounts.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { type AccessToken, readAccessToken } from '../../identity/tokens/access-tokens.ts';
import { GOOGLE_ISSUER } from '../../identity/tokens/tokens.ts';
import { clientOf } from '../../identity/tokens/user-credentials.ts';
import { OAuthError, sendOAuthError, textsOf } from './oauth-error.ts';

export interface TokenInfoOptions {
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

type Info = Readonly<Record<string, string>>;

/**
 * `/tokeninfo`: what a token of Google's says, each value as a text, while it is good. It is asked by `id_token` or
 * `access_token` in the query or a form, or by the header in which Node's client library sends an access token.
 * @see https://developers.google.com/identity/sign-in/web/backend-auth#calling-the-tokeninfo-endpoint
 */
export async function tokenInfoRoute(app: FastifyInstance, { keys, accounts, now }: TokenInfoOptions): Promise<void> {
  await app.register(formbody);
  for (const url of ['/tokeninfo', '/oauth2/v3/tokeninfo'])
    app.route({
      method: ['GET', 'POST'],
      url,
      errorHandler: (error, _request, reply) => sendOAuthError(error, reply),
      handler: (request) => tell(request),
    });

  async function tell(request: FastifyRequest): Promise<Info> {
    const { id_token: idToken, access_token: accessToken } = { ...textsOf(request.query), ...textsOf(request.body) };
    if (idToken !== undefined) return ofIdToken(idToken);
    const [, bearer] = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const asked = accessToken ?? bearer;
    if (asked === undefined) throw new OAuthError('invalid_request', 'either access_token or id_token required');
    const token = await readAccessToken(keys, accounts, asked, now());
    return token === undefined ? invalid() : ofAccessToken(token);
  }

  async function ofIdToken(token: string): Promise<Info> {
    const { payload } = await jwtVerify(token, ({ kid = '' }) => keys.find(kid)?.publicKey ?? invalid(), {
      algorithms: ['RS256'],
      issuer: GOOGLE_ISSUER,
      requiredClaims: ['sub', 'aud', 'exp'],
      currentDate: new Date(now() * 1000),
    }).catch(invalid);
    const { alg, kid, typ } = decodeProtectedHeader(token);
    return asTexts({ ...payload, alg, kid, typ });
  }

  /** A federated identity has no e-mail, and is nobody whom this endpoint knows. */
  function ofAccessToken({ principal, scope, exp }: AccessToken): Info {
    const [, kind, email = ''] = /^(user|serviceAccount):(.+)$/.exec(principal.member) ?? invalid();
    const uniqueId = accounts.byEmail(email)?.uniqueId ?? uniqueIdOf(email);
    const party = kind === 'user' ? clientOf(undefined) : uniqueId;
    return asTexts({
      azp: party,
      aud: party,
      ...(kind === 'user' ? { sub: uniqueId } : {}),
      scope,
      exp,
      expires_in: exp - now(),
      email,
      email_verified: true,
      access_type: kind === 'user' ? 'offline' : 'online',
    });
  }
}

function invalid(): never {
  throw new OAuthError('invalid_token', 'Invalid Value');
}

function asTexts(values: JWTPayload): Info {
  const texts = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : `${value}`,
  ]);
  return Object.fromEntries(texts);
}
