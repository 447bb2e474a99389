import { type CompactToken, decodeSegment, isCanonical, splitCompact } from '../compact.ts';
import { CallerError } from '../errors.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { parseObject } from './json-object.ts';

/** Google's ID tokens have about 900 characters; none has ten times as many. */
const MAX_LENGTH = 8_192;

/** Splits a token's text, strictly: whatever has more than one reading is refused. Nothing of it is believed yet. */
export function splitToken(text: string): CompactToken {
  const parts = split(text);
  const { header, payload, signature } = parts;
  if (isCanonical(header) && isCanonical(payload) && (isStripped(text) || isCanonical(signature))) return parts;
  throw new CallerError('RUN_AUTH_TOKEN_MALFORMED');
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

/** Cloud Run has put its mark where the signature was. */
export function isStripped(text: string): boolean {
  return text.endsWith(MARK);
}

const MARK = `.${SIGNATURE_REMOVED}`;

/** The JSON object in the text of a segment. */
export function readObject(text: string | undefined): Record<string, unknown> {
  const object = parseObject(text ?? '');
  if (typeof object === 'object') return object;
  if (object === 'duplicate') throw new CallerError('RUN_AUTH_CLAIM_DUPLICATE');
  throw new CallerError(object === 'proto' ? 'RUN_AUTH_CLAIM_PROTO' : 'RUN_AUTH_TOKEN_MALFORMED');
}
