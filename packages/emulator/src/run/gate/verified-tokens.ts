import { verify } from 'node:crypto';
import type { KeyRing, SigningKey } from '../../identity/keys/key-ring.ts';
import type { Rule } from './rules.ts';

/** The claims of a token whose signature was verified. Nothing else about them was looked at. */
export interface SignedClaims {
  readonly [name: string]: unknown;
}

export type Verified = { readonly claims: SignedClaims } | { readonly rule: Rule; readonly reason: string };

/** Verifies signatures, and remembers the tokens whose signature was good. */
export interface TokenVerifier {
  verify(token: string): Verified;
  /** The same, without a memory. */
  readonly forgetful: TokenVerifier;
}

/** Larger tokens are refused unread: Google's own are under 2 KiB. */
const MAX_TOKEN_LENGTH = 8192;

/** Three parts in base64url without padding, as RFC 7515 section 2 has them; Buffer would take more. */
const compactForm = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/;

interface Known {
  readonly key: SigningKey;
  readonly claims: SignedClaims;
}

/**
 * Accepts RS256 alone and the keys of the ring alone. A remembered token counts only while its key is still in the
 * ring; time, audience and policy are the caller's to check on each request.
 * @param remembered the most tokens kept
 */
export function createTokenVerifier(keys: KeyRing, remembered = 1000): TokenVerifier {
  const known = new Map<string, Known>();
  const forgetful: TokenVerifier = {
    verify: (token) => verifyToken(token, keys),
    get forgetful() {
      return forgetful;
    },
  };

  return {
    forgetful,
    verify(token) {
      const hit = known.get(token);
      if (hit !== undefined) {
        if (keys.find(hit.key.kid) === hit.key) return hit;
        known.delete(token);
      }
      const verified = verifyToken(token, keys);
      if ('key' in verified) {
        const [oldest] = known.keys();
        if (known.size >= remembered && oldest !== undefined) known.delete(oldest);
        known.set(token, verified);
      }
      return verified;
    },
  };
}

function verifyToken(token: string, keys: KeyRing): Known | { rule: Rule; reason: string } {
  if (token.length > MAX_TOKEN_LENGTH) return { rule: 'malformed-token', reason: 'the token is longer than 8 KiB' };
  const [, head, payload, signature] = compactForm.exec(token) ?? [];
  const header = head === undefined ? undefined : readObject(head);
  if (head === undefined || payload === undefined || signature === undefined || header === undefined)
    return { rule: 'malformed-token', reason: 'the token is not a JSON Web Token' };
  if (header.alg !== 'RS256')
    return {
      rule: 'unsupported-algorithm',
      reason: `the token is signed with ${JSON.stringify(header.alg)}; Google signs with RS256`,
    };
  // No extension is understood here. RFC 7515 section 4.1.11
  if (header.crit !== undefined)
    return { rule: 'malformed-token', reason: 'the token asks for extensions that are not known' };
  const key = typeof header.kid === 'string' ? keys.find(header.kid) : undefined;
  if (key === undefined)
    return { rule: 'unknown-key', reason: `no key of Google has the id ${JSON.stringify(header.kid ?? null)}` };
  const signed = Buffer.from(`${head}.${payload}`, 'latin1');
  if (!verify('RSA-SHA256', signed, key.publicKey, Buffer.from(signature, 'base64url')))
    return { rule: 'bad-signature', reason: 'the signature does not fit the key that the token names' };
  const claims = readObject(payload);
  if (claims === undefined) return { rule: 'malformed-token', reason: 'the token’s claims are no JSON object' };
  return { key, claims };
}

function readObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON.
  }
  return undefined;
}
