import type { JWTPayload } from 'jose';
import { ownEntry } from '../../internal/own-entry.ts';
import type { WorkloadIdentityProvider } from './workload-identity-provider.ts';

/** What a provider makes of the claims of a subject token. */
export interface Mapped {
  readonly subject: string;
  /** Undefined where the provider maps no groups. */
  readonly groups: readonly string[] | undefined;
  readonly attributes: Readonly<Record<string, string>>;
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
