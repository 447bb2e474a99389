import type { JSONWebKeySet } from 'jose';
import type { Described, ProviderSettings } from '../../../iam/pools/identity-pools.ts';
import { shapeCheck } from '../../../internal/google-api/check-shape.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';

const CLAIM = /^assertion\.[\w-]+$/;
const TARGET = /^(google\.subject|google\.groups|attribute\.[a-z0-9_]{1,100})$/;

const text = { type: 'string', maxLength: 10_000 };
/** What is told of pools and providers, and need not be said. */
const told = { name: text, state: text, expireTime: text };
const described = { ...told, displayName: text, description: text, disabled: { type: 'boolean' } };

/** What can be said of both. */
export type SentText = Pick<Described, 'displayName' | 'description' | 'disabled'>;

const checkPool = shapeCheck<SentText & { readonly mode?: string }>({
  type: 'object',
  properties: {
    ...described,
    mode: { enum: ['MODE_UNSPECIFIED', 'FEDERATION_ONLY', 'TRUST_DOMAIN', 'SYSTEM_TRUST_DOMAIN'] },
  },
  additionalProperties: false,
});

/** @throws GoogleError INVALID_ARGUMENT, UNIMPLEMENTED for a pool that is no federation */
export function readPool(body: unknown): SentText {
  const { mode = 'FEDERATION_ONLY', ...sent } = checkPool(body);
  if (mode.endsWith('TRUST_DOMAIN'))
    throw new GoogleError('UNIMPLEMENTED', `mode: a pool that is a ${mode} is not emulated by run-edges.`);
  return sent;
}

/** A provider as the API names its parts. */
export interface SentProvider extends SentText {
  readonly oidc?: {
    readonly issuerUri?: string;
    readonly allowedAudiences?: readonly string[];
    readonly jwksJson?: string;
  };
  readonly attributeMapping?: Readonly<Record<string, string>>;
  readonly attributeCondition?: string;
  readonly aws?: unknown;
  readonly saml?: unknown;
  readonly x509?: unknown;
}

export const readProvider = shapeCheck<SentProvider>({
  type: 'object',
  properties: {
    ...described,
    attributeMapping: { type: 'object', additionalProperties: text, maxProperties: 50 },
    attributeCondition: text,
    aws: {},
    saml: {},
    x509: {},
    oidc: {
      type: 'object',
      properties: { issuerUri: text, jwksJson: text, allowedAudiences: { type: 'array', items: text, maxItems: 10 } },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
});

/** @throws GoogleError INVALID_ARGUMENT for what no provider here can be */
export function settingsOf(pool: string, provider: string, sent: SentProvider): ProviderSettings {
  for (const kind of ['aws', 'saml', 'x509'] as const)
    if (sent[kind] !== undefined)
      throw invalid(kind, `run-edges does not emulate ${kind} providers; use an OpenID Connect one (oidc).`);
  const { oidc, attributeMapping = { 'google.subject': 'assertion.sub' }, attributeCondition = '' } = sent;
  const issuer = oidc?.issuerUri ?? '';
  if (!URL.canParse(issuer)) throw invalid('oidc.issuer_uri', 'An OpenID Connect issuer is required.');
  if (attributeMapping['google.subject'] !== 'assertion.sub')
    throw invalid('attribute_mapping', 'run-edges takes google.subject=assertion.sub alone.');
  for (const [target, claim] of Object.entries(attributeMapping))
    if (!TARGET.test(target) || !CLAIM.test(claim))
      throw invalid('attribute_mapping', `${target}=${claim} is not understood; write attribute.NAME=assertion.CLAIM.`);
  const { displayName, description, disabled } = sent;
  const jwks = oidc?.jwksJson === undefined || oidc.jwksJson === '' ? undefined : readKeys(oidc.jwksJson);
  return {
    pool,
    provider,
    issuer,
    allowedAudiences: oidc?.allowedAudiences ?? [],
    mapping: attributeMapping,
    ...(attributeCondition === '' ? {} : { condition: attributeCondition }),
    ...(jwks === undefined ? {} : { jwks }),
    ...said({ displayName, description, disabled }),
  };
}

/** The same as the API names its parts. */
export function sentOf(settings: ProviderSettings): SentProvider {
  const { displayName, description, disabled, issuer, jwks, allowedAudiences, mapping, condition } = settings;
  return {
    ...said({ displayName, description, disabled, attributeCondition: condition }),
    attributeMapping: mapping,
    oidc: {
      issuerUri: issuer,
      ...(allowedAudiences.length === 0 ? {} : { allowedAudiences }),
      ...(jwks === undefined ? {} : { jwksJson: JSON.stringify(jwks) }),
    },
  };
}

function readKeys(json: string): JSONWebKeySet {
  try {
    const set: unknown = JSON.parse(json);
    if (typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys))
      return set as JSONWebKeySet;
  } catch {
    // Said below.
  }
  throw invalid('oidc.jwks_json', 'It is no JWK set.');
}

/** The fields that have a value. */
export function said<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as never;
}

function invalid(field: string, description: string): GoogleError {
  return invalidField(`workload_identity_pool_provider.${field}`, description);
}
