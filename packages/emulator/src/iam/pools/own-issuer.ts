import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { derived } from '../../internal/derived.ts';
import type { TrustedProvider } from './workload-identity.ts';

/** A subject token, and the provider at which it is exchanged. */
export interface SubjectToken {
  readonly token: string;
  /** The provider's resource name. */
  readonly audience: string;
}

/** An identity provider of the emulator's own in each pool that the declaration names, so that its members can be tried. */
export interface OwnIssuer {
  /** By resource name. */
  provider(resource: string): TrustedProvider | undefined;
  /** A token of somebody who is this member, or in this set; undefined for a pool that is not declared. */
  subjectToken(member: string): Promise<SubjectToken | undefined>;
}

/** Nobody can answer under it. RFC 2606 section 2 */
const ISSUER = 'https://run-edges.invalid';
/** The claim with the sets of the pool that the subject is in, as members name them: `attribute.repository/acme/app`. */
const SETS = 'sets';
const LIFETIME_S = 300;

const MEMBER =
  /^principal(?:Set)?:\/\/(iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/([^/]+))\/(.+)$/;

/** Its key is made here, and known to nobody else. @param now seconds since the epoch */
export async function createOwnIssuer(members: () => readonly string[], now: () => number): Promise<OwnIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'run-edges', alg: 'ES256' }] };
  const keys = createLocalJWKSet(jwks);
  const providers = derived(members, (all) => {
    const made = all.flatMap((member) => {
      const [, poolName, pool] = MEMBER.exec(member) ?? [];
      if (poolName === undefined || pool === undefined) return [];
      const provider: TrustedProvider = {
        pool,
        poolName,
        provider: 'run-edges',
        resource: resourceOf(poolName),
        issuer: ISSUER,
        jwks,
        keys,
        sets: SETS,
        admits: () => true,
      };
      return [[provider.resource, provider] as const];
    });
    return new Map(made);
  });
  return {
    provider: (resource) => providers().get(resource),
    async subjectToken(member) {
      const [, poolName = '', , who = ''] = MEMBER.exec(member) ?? [];
      const audience = resourceOf(poolName);
      if (!providers().has(audience)) return undefined;
      const [, subject = 'run-edges'] = /^subject\/(.+)$/.exec(who) ?? [];
      const issuedAt = now();
      const token = await new SignJWT({ [SETS]: who === '*' || member.startsWith('principal:') ? [] : [who] })
        .setProtectedHeader({ alg: 'ES256', kid: 'run-edges' })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + LIFETIME_S)
        .sign(privateKey);
      return { token, audience };
    },
  };
}

function resourceOf(poolName: string): string {
  return `//${poolName}/providers/run-edges`;
}
