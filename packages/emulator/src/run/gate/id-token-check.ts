import { GOOGLE_ISSUER } from '../../identity/tokens/tokens.ts';
import { foreignIssuer } from './foreign-issuer.ts';
import type { Mistake } from './mistake.ts';
import type { Rule } from './rules.ts';
import type { SignedClaims, TokenVerifier } from './verified-tokens.ts';

const issuers: ReadonlySet<unknown> = new Set([GOOGLE_ISSUER, 'accounts.google.com']);

/** What stands in place of the third segment after Cloud Run consumed a token. */
export const SIGNATURE_REMOVED = 'SIGNATURE_REMOVED_BY_GOOGLE';

export interface TokenRules {
  readonly verifier: TokenVerifier;
  readonly acceptsAudience: (audience: string) => boolean;
  /** Why an audience is not accepted. */
  readonly audienceMistake: (audience: string) => Mistake;
  /** The audience that a caller should ask for. */
  readonly audience: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Seconds that a token is honoured after its `exp`. */
  readonly expiryLeeway: number;
  /** Seconds that a token's `iat` may lie ahead. */
  readonly clockSkew: number;
}

export interface GoogleClaims extends SignedClaims {
  readonly sub: string;
  readonly aud: string;
}

export interface Refused {
  readonly ok: false;
  readonly rule: Rule;
  readonly reason: string;
  readonly mend: string;
}

export type TokenCheck = { readonly ok: true; readonly claims: GoogleClaims } | Refused;

export function refused(rule: Rule, reason: string, mend: string): Refused {
  return { ok: false, rule, reason, mend };
}

/** What tells a caller how to get a token that is good here. */
export function howToAsk({ audience }: TokenRules): string {
  return `Ask the metadata server for an ID token: .../service-accounts/default/identity?audience=${audience}`;
}

/**
 * Checks an ID token as Cloud Run's front end does, but for whom it is meant: form, key, RS256 signature, times,
 * issuer, in this order.
 */
export function checkIdToken(token: string, rules: TokenRules): TokenCheck {
  if (token.startsWith('ya29.') || !token.includes('.'))
    return refused('access-token', 'the bearer is an OAuth access token; Cloud Run wants an ID token', howToAsk(rules));
  if (token.endsWith(`.${SIGNATURE_REMOVED}`))
    return refused(
      'signature-removed',
      'the token was already consumed by another gate, which removed its signature',
      `A service never relays the credentials that it received. ${howToAsk(rules)}`,
    );
  const verified = rules.verifier.verify(token);
  if (!('claims' in verified)) {
    const foreign = foreignIssuer(token);
    if (foreign === undefined) return refused(verified.rule, verified.reason, howToAsk(rules));
    return refused(verified.rule, `${verified.reason}; ${foreign.reason}`, `${foreign.mend} ${howToAsk(rules)}`);
  }
  return checkClaims(verified.claims, rules);
}

function checkClaims(claims: SignedClaims, rules: TokenRules): TokenCheck {
  const { sub, aud, exp, iat, nbf = 0, iss } = claims;
  const wellFormed = typeof sub === 'string' && sub !== '' && isTime(exp) && isTime(iat) && isTime(nbf);
  if (!wellFormed)
    return refused('malformed-token', 'the token is not a well-formed ID token: sub, exp, iat', howToAsk(rules));
  const now = rules.now();
  if (exp + rules.expiryLeeway <= now) return refused('expired', 'the token has expired', howToAsk(rules));
  if (iat > now + rules.clockSkew || nbf > now + rules.clockSkew)
    return refused('not-yet-valid', 'the token was issued in the future: a clock is wrong', 'Set the clock.');
  if (!issuers.has(iss))
    return refused(
      'wrong-issuer',
      `the issuer is ${JSON.stringify(iss ?? null)}, not ${GOOGLE_ISSUER}`,
      howToAsk(rules),
    );
  if (typeof aud !== 'string') return wrongAudience(aud, rules);
  return { ok: true, claims: claims as GoogleClaims };
}

/** The nearest thing that is wrong with an audience that the service does not accept. */
export function wrongAudience(audience: unknown, rules: TokenRules): Refused {
  if (typeof audience !== 'string')
    return refused('wrong-audience', 'the token has no single audience', howToAsk(rules));
  const { reason, mend } = rules.audienceMistake(audience);
  return refused('wrong-audience', reason, mend);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
