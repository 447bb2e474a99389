import type { JWTPayload } from 'jose';
import { ownEntry } from '../../internal/own-entry.ts';
import type { WorkloadIdentityProvider } from './workload-identity-provider.ts';

/** What a provider makes of the claims of a subject token. */
export interface Mapped {
  readonly subject: string;
  /** Undefined where the provider maps no groups. */
  readonly groups: readonly string[] | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** Sets of the pool as members name them, of the emulator's own provider alone. */
  readonly sets?: readonly string[];
}

/** What a provider makes of the claims of a verified subject token. */
export function mappedBy(
  { attributes = {}, groups, sets }: WorkloadIdentityProvider & { readonly sets?: string },
  claims: JWTPayload,
): Mapped {
  const texts = Object.entries(attributes).map(([name, claim]) => [name, ownEntry(claims, claim)] as const);
  const listed = groups === undefined ? undefined : ownEntry(claims, groups);
  const named = sets === undefined ? undefined : ownEntry(claims, sets);
  return {
    subject: `${claims.sub}`,
    groups: Array.isArray(listed) ? listed.filter(isText) : undefined,
    attributes: Object.fromEntries(texts.filter((pair): pair is [string, string] => typeof pair[1] === 'string')),
    ...(Array.isArray(named) ? { sets: named.filter(isText) } : {}),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
