import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { ProvenPrincipal } from '../identity/principals.ts';
import type { Project } from '../identity/project.ts';

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
}

export interface TrustedProvider extends WorkloadIdentityProvider {
  /** `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly resource: string;
  readonly keys: JWTVerifyGetKey;
}

const poolName = (project: Project, pool: string) =>
  `iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools/${pool}`;

/** The providers by their resource names. */
export function trustProviders(
  providers: readonly WorkloadIdentityProvider[],
  project: Project,
): ReadonlyMap<string, TrustedProvider> {
  return new Map(
    providers.map((provider) => {
      const resource = `//${poolName(project, provider.pool)}/providers/${provider.provider}`;
      const keys = provider.jwks instanceof URL ? createRemoteJWKSet(provider.jwks) : createLocalJWKSet(provider.jwks);
      return [resource, { ...provider, resource, keys }];
    }),
  );
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
  const attributes = Object.entries(provider.attributes ?? {}).flatMap(([name, claim]) =>
    typeof claims[claim] === 'string' ? [`principalSet://${pool}/attribute.${name}/${claims[claim]}`] : [],
  );
  return { member: `principal://${pool}/subject/${claims.sub}`, sets: [...attributes, `principalSet://${pool}/*`] };
}
