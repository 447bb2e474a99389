import { isUtf8 } from 'node:buffer';

/** The three segments of a JWS in compact serialization (RFC 7515 section 3.1), still encoded. */
export interface CompactToken {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

const SEGMENTS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Splits a token; `undefined` unless it is three segments of the base64url alphabet without padding. */
export function splitCompact(token: string): CompactToken | undefined {
  const match = SEGMENTS.exec(token);
  if (match === null) return undefined;
  const [, header = '', payload = '', signature = ''] = match;
  return { header, payload, signature };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Whether a segment is the one encoding of its bytes. The last character may carry 2 or 4 bits that a decoder drops; were
 * they not zero, two texts would stand for the same signature, and a changed byte would go unseen (RFC 4648 section 3.5).
 */
export function isCanonical(segment: string): boolean {
  const rest = segment.length % 4;
  if (rest === 0) return true;
  if (rest === 1) return false;
  const last = ALPHABET.indexOf(segment.charAt(segment.length - 1));
  return rest === 2 ? (last & 0b1111) === 0 : (last & 0b11) === 0;
}

/** The text inside a base64url segment; `undefined` when it is not UTF-8. */
export function decodeSegment(segment: string): string | undefined {
  const bytes = Buffer.from(segment, 'base64url');
  return isUtf8(bytes) ? bytes.toString() : undefined;
}
