import { type CompactToken, decodeSegment, isCanonical, splitCompact } from '../compact.ts';
import { CallerError } from '../errors.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { parseObject } from './json-object.ts';

/** Google's ID tokens have about 900 characters; none has ten times as many. */
const MAX_LENGTH = 8_192;

/** A token whose text has one reading, and whose content has not been believed yet. */
export interface ReadToken {
  readonly text: string;
  readonly parts: CompactToken;
  /** Cloud Run has put SIGNATURE_REMOVED_BY_GOOGLE where the signature was. */
  readonly stripped: boolean;
}

/** Splits a token's text, strictly: whatever has more than one reading is refused. */
export function readToken(text: string): ReadToken {
  const parts = split(text);
  const stripped = parts.signature === SIGNATURE_REMOVED;
  if (!isCanonical(parts.header) || !isCanonical(parts.payload) || !(stripped || isCanonical(parts.signature)))
    throw new CallerError('RUN_AUTH_TOKEN_MALFORMED');
  return { text, parts, stripped };
}

function split(text: string): CompactToken {
  if (text.length > MAX_LENGTH) throw new CallerError('RUN_AUTH_TOKEN_TOO_LARGE');
  if (text.startsWith('ya29.')) throw new CallerError('RUN_AUTH_ACCESS_TOKEN');
  const parts = splitCompact(text);
  if (parts !== undefined) return parts;
  if (!/^[\x20-\x7e]*$/.test(text)) throw new CallerError('RUN_AUTH_TOKEN_NOT_ASCII');
  if (/[\s,]/.test(text)) throw new CallerError('RUN_AUTH_TOKENS_SEVERAL');
  // RFC 7515 section 6 (unsecured): the third segment is empty; told apart because it says more than "malformed".
  const unsigned = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.$/.exec(text);
  if (unsigned?.[1] !== undefined && String(readObject(decodeSegment(unsigned[1])).alg).toLowerCase() === 'none')
    throw new CallerError('RUN_AUTH_ALGORITHM_NONE');
  throw new CallerError('RUN_AUTH_TOKEN_MALFORMED');
}

/** The JSON object in the text of a segment. */
export function readObject(text: string | undefined): Record<string, unknown> {
  const object = text === undefined ? 'malformed' : parseObject(text);
  if (typeof object === 'object') return object;
  if (object === 'duplicate') throw new CallerError('RUN_AUTH_CLAIM_DUPLICATE');
  throw new CallerError(object === 'proto' ? 'RUN_AUTH_CLAIM_PROTO' : 'RUN_AUTH_TOKEN_MALFORMED');
}
