import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { IdentityPools } from '../../iam/pools/identity-pools.ts';
import { type Mapped, mappedBy } from '../../iam/pools/mapped-claims.ts';
import { audiencesOf, federatedPrincipal, type TrustedProvider } from '../../iam/pools/workload-identity.ts';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { mintAccessToken, readAccessToken } from '../../identity/tokens/access-tokens.ts';
import { TOKEN_LIFETIME_S } from '../../identity/tokens/tokens.ts';
import { ownEntry } from '../../internal/own-entry.ts';
import { OAuthError, sendOAuthError, textsOf } from './oauth-error.ts';

export interface StsOptions {
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  readonly identityPools: IdentityPools;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SUBJECT_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'];
/** What Google takes and the emulator does not. */
const NOT_EMULATED = {
  'urn:ietf:params:aws:token-type:aws4_request': 'subject tokens of AWS',
  'urn:ietf:params:oauth:token-type:saml2': 'subject tokens of SAML providers',
  'urn:ietf:params:oauth:token-type:mtls': 'subject tokens by X.509 certificates',
};
const STS_ISSUER = 'https://sts.googleapis.com/';
const WORKFORCE = /^\/\/iam\.googleapis\.com\/locations\/[^/]+\/workforcePools\//;
const PROVIDER_NAME =
  /^\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+$/;

/**
 * `POST /v1/token`: somebody else's ID token against a federated access token; `POST /v1/introspect`: what such a token says.
 * @see https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 * @see https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/v1/introspect
 * @see RFC 8693 section 2, RFC 7662 section 2
 */
export async function stsRoute(app: FastifyInstance, options: StsOptions): Promise<void> {
  const { keys, accounts, identityPools, now } = options;

  await app.register(formbody);
  app.post('/v1/token', { errorHandler: (error, _request, reply) => sendOAuthError(error, reply) }, async (request) => {
    const fields = camelCaseToo(textsOf(request.body));
    if (fields.grant_type !== TOKEN_EXCHANGE)
      throw new OAuthError('invalid_request', 'Invalid value for "grant_type".');
    if (fields.requested_token_type !== undefined && fields.requested_token_type !== ACCESS_TOKEN)
      throw new OAuthError('invalid_request', 'Invalid value for "requested_token_type".');
    const strange = ownEntry(NOT_EMULATED, fields.subject_token_type ?? '');
    if (strange !== undefined)
      throw new OAuthError('invalid_request', `run-edges does not emulate ${strange}: use an OpenID Connect provider.`);
    if (!SUBJECT_TYPES.includes(fields.subject_token_type ?? ''))
      throw new OAuthError('invalid_request', 'Invalid value for "subject_token_type".');
    if (fields.scope === undefined || fields.scope === '')
      throw new OAuthError('invalid_scope', 'Invalid value for "scope".');

    const provider = findProvider(fields.audience ?? '');
    const claims = await verifySubjectToken(fields.subject_token ?? '', provider, now());
    const mapped = mappedBy(provider, claims);
    checkSize(mapped);
    if (!provider.admits(claims, mapped))
      throw new OAuthError('unauthorized_client', 'The given credential is rejected by the attribute condition.');
    const principal = federatedPrincipal(provider, mapped);
    return {
      access_token: await mintAccessToken(keys, { principal, scopes: fields.scope.split(' '), issuedAt: now() }),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME_S,
    };
  });

  app.post(
    '/v1/introspect',
    { errorHandler: (error, _request, reply) => sendOAuthError(error, reply) },
    async (request) => {
      const { token = '', token_type_hint: hint = ACCESS_TOKEN } = camelCaseToo(textsOf(request.body));
      if (token === '') throw new OAuthError('invalid_request', 'Invalid value for "token".');
      if (hint !== ACCESS_TOKEN) throw new OAuthError('unsupported_token_type', 'Invalid value for "token_type_hint".');
      const read = await readAccessToken(keys, accounts, token, now());
      // It knows the tokens that it gave itself: those of federated identities.
      if (read === undefined || !read.principal.member.startsWith('principal:')) return { active: false };
      const { principal, scope, iat, exp } = read;
      const subject = principal.member;
      return { active: true, username: subject, scope, exp: `${exp}`, iat: `${iat}`, iss: STS_ISSUER, sub: subject };
    },
  );

  function findProvider(audience: string): TrustedProvider {
    if (WORKFORCE.test(audience))
      throw new OAuthError(
        'invalid_request',
        'run-edges does not emulate workforce pools: use a workload identity pool.',
      );
    if (!PROVIDER_NAME.test(audience))
      throw new OAuthError(
        'invalid_request',
        'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.',
      );
    const provider = identityPools.trusted(audience);
    if (provider === undefined)
      throw new OAuthError(
        'invalid_target',
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    return provider;
  }
}

/** @see https://docs.cloud.google.com/iam/docs/workload-identity-federation#mapping */
const LONGEST_SUBJECT = 127;
/** Bytes of all groups and attributes as the token names them. Google's own limit is 8 KB; a token here holds them itself. */
const LONGEST_MAPPED = 7000;

/** @throws OAuthError invalid_request for more than a principal can be named by */
function checkSize({ subject, groups = [], attributes }: Mapped): void {
  if (Buffer.byteLength(subject) > LONGEST_SUBJECT)
    throw new OAuthError(
      'invalid_request',
      'The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.',
    );
  const named = [...groups.map((group) => `group/${group}`), attributes];
  if (Buffer.byteLength(JSON.stringify(named)) > LONGEST_MAPPED)
    throw new OAuthError(
      'invalid_request',
      `The size of all mapped attributes exceeds the ${LONGEST_MAPPED} bytes limit. Map fewer claims.`,
    );
}

async function verifySubjectToken(token: string, provider: TrustedProvider, now: number): Promise<JWTPayload> {
  const verify = () =>
    jwtVerify(token, provider.keys, {
      algorithms: ['RS256', 'ES256'],
      issuer: provider.issuer,
      audience: audiencesOf(provider),
      requiredClaims: ['sub', 'iat', 'exp'],
      currentDate: new Date(now * 1000),
    });
  const { payload } = await verify().catch((error: unknown) => {
    throw new OAuthError('invalid_grant', describe(error, token));
  });
  return payload;
}

function describe(error: unknown, token: string): string {
  if (error instanceof errors.JWTExpired) return `ID Token issued at ${error.payload.iat} is stale to sign-in.`;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    return `The audience in ID Token [${decodeJwt(token).aud}] does not match the expected audience.`;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss')
    return `The issuer in ID Token ${decodeJwt(token).iss} does not match the expected ones.`;
  return "Error connecting to the given credential's issuer, or the signature of the given credential is invalid.";
}

/** Google takes JSON bodies with camelCase names, too. */
function camelCaseToo(
  fields: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
