import type { JSONWebKeySet } from 'jose';

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
