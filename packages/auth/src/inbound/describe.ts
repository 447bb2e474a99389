import { type CompactToken, decodeSegment } from '../compact.ts';
import type { RefusedToken } from '../errors.ts';
import { ownOf } from '../own.ts';

/** What a refused token says of itself, for the log: subject, audience and key id, never the token. */
export function describe({ header, payload }: CompactToken): RefusedToken {
  const { sub, email, aud, iss } = peekInto(payload);
  const { kid } = peekInto(header);
  return {
    ...(typeof sub === 'string' && { subject: shorten(sub) }),
    ...(typeof email === 'string' && { email: shorten(email) }),
    ...(aud !== undefined && { audience: shorten(typeof aud === 'string' ? aud : JSON.stringify(aud)) }),
    ...(typeof iss === 'string' && { issuer: shorten(iss) }),
    ...(typeof kid === 'string' && { keyId: shorten(kid) }),
  };
}

/** Nobody has vouched for the text: it must not be trusted with the size of the log either. */
export function shorten(text: string): string {
  return text.length > 256 ? `${text.slice(0, 255)}…` : text;
}

function peekInto(segment: string): Record<string, unknown> {
  try {
    return ownOf(JSON.parse(decodeSegment(segment) ?? ''));
  } catch {
    return ownOf({});
  }
}
