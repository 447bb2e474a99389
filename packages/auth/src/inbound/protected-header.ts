import type { CallerErrorCode } from '../codes.ts';
import { decodeSegment } from '../compact.ts';
import { CallerError } from '../errors.ts';
import { ownOf } from '../own.ts';
import { readObject } from './token.ts';

/** Header parameters that let a token choose its own key or rules. Their presence is enough to refuse. */
const FORBIDDEN: readonly (readonly [string, CallerErrorCode])[] = [
  ['jwk', 'RUN_AUTH_HEADER_JWK'],
  ['jku', 'RUN_AUTH_HEADER_JKU'],
  ['x5u', 'RUN_AUTH_HEADER_X5U'],
  ['x5c', 'RUN_AUTH_HEADER_X5C'],
  ['b64', 'RUN_AUTH_HEADER_B64'],
  ['crit', 'RUN_AUTH_HEADER_CRIT'],
];

/** All tokens of one key have the same header: those that passed are remembered by their text. */
const accepted = new Map<string, string>();
const MAX_ACCEPTED = 64;

/**
 * Checks the header of an ID token before any key is looked up, and returns the key id. RFC 8725 sections 3.1, 3.5 and
 * 3.11.
 */
export function checkProtectedHeader(segment: string): string {
  const known = accepted.get(segment);
  if (known !== undefined) return known;
  const keyId = check(readObject(decodeSegment(segment)));
  if (accepted.size >= MAX_ACCEPTED) accepted.clear();
  accepted.set(segment, keyId);
  return keyId;
}

function check(header: Readonly<Record<string, unknown>>): string {
  const { alg, typ, kid } = ownOf(header);
  if (alg !== 'RS256') throw new CallerError(algorithmFault(alg));
  for (const [name, code] of FORBIDDEN) if (Object.hasOwn(header, name)) throw new CallerError(code);
  if (typ !== undefined && typ !== 'JWT') throw new CallerError('RUN_AUTH_HEADER_TYP');
  if (typeof kid !== 'string' || kid === '') throw new CallerError('RUN_AUTH_KEY_ID_MISSING');
  return kid;
}

function algorithmFault(alg: unknown): CallerErrorCode {
  if (typeof alg !== 'string') return 'RUN_AUTH_ALGORITHM_REFUSED';
  if (alg.toLowerCase() === 'none') return 'RUN_AUTH_ALGORITHM_NONE';
  return alg.startsWith('HS') ? 'RUN_AUTH_ALGORITHM_SYMMETRIC' : 'RUN_AUTH_ALGORITHM_REFUSED';
}
