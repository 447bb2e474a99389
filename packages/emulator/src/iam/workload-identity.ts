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
  /** The claim that lists the subject's groups: `google.groups`. */
  readonly groups?: string;
  /**
   * A CEL expression on `assertion`, the claims, `google.subject`, `google.groups` and `attribute`; subject tokens for
   * which it is not true are refused.
   */
  readonly condition?: string;
}

export interface TrustedProvider extends WorkloadIdentityProvider {
  /** `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly resource: string;
  readonly keys: JWTVerifyGetKey;
  /** Whether the provider's condition holds for these claims, and what they are mapped to. */
  readonly admits: (claims: JWTPayload, mapped: Mapped) => boolean;
}

/** What a provider makes of the claims of a subject token. */
export interface Mapped {
  readonly subject: string;
  /** Undefined where the provider maps no groups. */
  readonly groups: readonly string[] | undefined;
  readonly attributes: Readonly<Record<string, string>>;
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
  return { ...provider, resource, keys, admits: attributeCondition(provider.condition) };
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
export function federatedPrincipal(
  provider: TrustedProvider,
  { subject, groups = [], attributes }: Mapped,
  project: Project,
): ProvenPrincipal {
  const pool = poolName(project, provider.pool);
  const inPool = [
    ...Object.entries(attributes).map(([name, value]) => `attribute.${name}/${value}`),
    ...groups.map((group) => `group/${group}`),
    '*',
  ];
  return {
    member: `principal://${pool}/subject/${subject}`,
    sets: inPool.map((set) => `principalSet://${pool}/${set}`),
  };
}

/** What a provider makes of the claims of a verified subject token. */
export function mappedBy({ attributes = {}, groups }: WorkloadIdentityProvider, claims: JWTPayload): Mapped {
  const texts = Object.entries(attributes).map(([name, claim]) => [name, ownEntry(claims, claim)] as const);
  const listed = groups === undefined ? undefined : ownEntry(claims, groups);
  return {
    subject: `${claims.sub}`,
    groups: Array.isArray(listed) ? listed.filter((group) => typeof group === 'string') : undefined,
    attributes: Object.fromEntries(texts.filter((pair): pair is [string, string] => typeof pair[1] === 'string')),
  };
}
