import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { ProvenPrincipal } from '../identity/principals.ts';
import type { Project } from '../identity/project.ts';
import type { Elapsed } from '../internal/elapsed.ts';
import { ownEntry } from '../internal/own-entry.ts';
import { attributeCondition } from './attribute-condition.ts';
import { issuerKeys } from './issuer-keys.ts';

/** Somebody else's OpenID Connect issuer whose subjects the project trusts. */
export interface WorkloadIdentityProvider {
  readonly pool: string;
  readonly provider: string;
  /** The `iss` of subject tokens. */
  readonly issuer: string;
  /** The issuer's keys, or the address of its JWK set. */
  readonly jwks: JSONWebKeySet | URL;
  /** Default: the provider's resource name, with `//` or `https://` before it. */
  readonly allowedAudiences?: readonly string[];
  /** Attribute names and the claims that they come from: `{ repository: 'repository' }`. `google.subject` is `sub`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** A CEL expression on `assertion`, the claims, and `attribute`; subject tokens for which it is not true are refused. */
  readonly condition?: string;
}

export interface TrustedProvider extends WorkloadIdentityProvider {
  /** `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly resource: string;
  readonly keys: JWTVerifyGetKey;
  /** Whether the provider's condition holds for these claims. */
  readonly admits: (claims: JWTPayload) => boolean;
}

const poolName = (project: Project, pool: string) =>
  `iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools/${pool}`;

/** The providers by their resource names. @throws EmulatorError PROVIDERS_INVALID for a condition that is none */
export function trustProviders(
  providers: readonly WorkloadIdentityProvider[],
  project: Project,
  elapsed: Elapsed,
): ReadonlyMap<string, TrustedProvider> {
  const trusted = providers.map((provider) => trustProvider(provider, project, elapsed));
  return new Map(trusted.map((provider) => [provider.resource, provider]));
}

/** @throws EmulatorError PROVIDERS_INVALID for a condition that is none */
export function trustProvider(provider: WorkloadIdentityProvider, project: Project, elapsed: Elapsed): TrustedProvider {
  const resource = `//${poolName(project, provider.pool)}/providers/${provider.provider}`;
  const { jwks } = provider;
  const keys = jwks instanceof URL ? issuerKeys(async () => jwks, elapsed) : createLocalJWKSet(jwks);
  const admits = attributeCondition(provider.condition, (claims) => attributesOf(provider, claims));
  return { ...provider, resource, keys, admits };
}

export function audiencesOf({ resource, allowedAudiences }: TrustedProvider): string[] {
  return allowedAudiences === undefined || allowedAudiences.length === 0
    ? [resource, `https:${resource}`]
    : [...allowedAudiences];
}

/**
 * The federated identity that a verified subject token stands for, and the sets it is in.
 * @see https://docs.cloud.google.com/iam/docs/principal-identifiers
 */
export function federatedPrincipal(provider: TrustedProvider, claims: JWTPayload, project: Project): ProvenPrincipal {
  const pool = poolName(project, provider.pool);
  const attributes = Object.entries(attributesOf(provider, claims)).map(
    ([name, value]) => `principalSet://${pool}/attribute.${name}/${value}`,
  );
  return { member: `principal://${pool}/subject/${claims.sub}`, sets: [...attributes, `principalSet://${pool}/*`] };
}

function attributesOf({ attributes = {} }: WorkloadIdentityProvider, claims: JWTPayload): Record<string, string> {
  const texts = Object.entries(attributes).map(([name, claim]) => [name, ownEntry(claims, claim)] as const);
  return Object.fromEntries(texts.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}
