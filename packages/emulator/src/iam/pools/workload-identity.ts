import { createLocalJWKSet, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import type { Project } from '../../identity/project.ts';
import type { Elapsed } from '../../internal/elapsed.ts';
import { attributeCondition } from './attribute-condition.ts';
import { issuerKeys } from './issuer-keys.ts';
import type { Mapped } from './mapped-claims.ts';
import type { WorkloadIdentityProvider } from './workload-identity-provider.ts';

export interface TrustedProvider extends WorkloadIdentityProvider {
  /** `iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL` */
  readonly poolName: string;
  /** The claim that lists sets of the pool as members name them, where the provider is the emulator's own. */
  readonly sets?: string;
  /** `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly resource: string;
  readonly keys: JWTVerifyGetKey;
  /** Whether the provider's condition holds for these claims, and what they are mapped to. */
  readonly admits: (claims: JWTPayload, mapped: Mapped) => boolean;
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
  const inProject = poolName(project, provider.pool);
  const resource = `//${inProject}/providers/${provider.provider}`;
  const { jwks } = provider;
  const keys = jwks instanceof URL ? issuerKeys(async () => jwks, elapsed) : createLocalJWKSet(jwks);
  return { ...provider, poolName: inProject, resource, keys, admits: attributeCondition(provider.condition) };
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
  { poolName: pool }: TrustedProvider,
  { subject, groups = [], attributes, sets = [] }: Mapped,
): ProvenPrincipal {
  const inPool = [
    ...Object.entries(attributes).map(([name, value]) => `attribute.${name}/${value}`),
    ...groups.map((group) => `group/${group}`),
    ...sets,
    '*',
  ];
  return {
    member: `principal://${pool}/subject/${subject}`,
    sets: inPool.map((set) => `principalSet://${pool}/${set}`),
  };
}
