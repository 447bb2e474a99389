import { decodeSegment } from '../compact.ts';
import { CallError } from '../errors.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { ownOf } from '../own.ts';
import type { IdToken } from './id-token.ts';

/** No token of a service is shorter, and most headers are. */
export const SHORTEST_TOKEN = 80;

/**
 * Refuses a header that can only have been copied from a received request: it holds a token whose signature Cloud Run has
 * removed, or another service account's ID token, wherever it stands in the value: receivers differ in what they take for
 * white space, and in whether they want a scheme. A token of our own identity for another audience passes (what IAP wants,
 * say), and so does a person's: handing it on is the application's decision.
 */
export function refuseRelayed(value: string, token: IdToken): void {
  if (value === token.bearer) return;
  if (!value.includes(SIGNATURE_REMOVED) && !value.split(NO_BASE64URL).some((part) => isServiceClaims(part, token)))
    return;
  throw new CallError('RUN_AUTH_CREDENTIAL_RELAYED', 'A header holds the ID token of a service that called this one.');
}

const NO_BASE64URL = /[^A-Za-z0-9_-]+/;
const GOOGLE = /^(?:https:\/\/)?accounts\.google\.com$/;

/** Whether this is the middle of the ID token of a service account that we are not. */
function isServiceClaims(segment: string, token: IdToken): boolean {
  // The encoding of a brace and a quotation mark or white space: the beginning of a JSON object.
  if (!/^e[yw]/.test(segment)) return false;
  const { iss, email, azp, sub } = claimsOf(segment);
  // Without an e-mail address it is told by its authorized party: of a service account's token, itself.
  const isService =
    typeof email === 'string' ? email.endsWith('.gserviceaccount.com') : sub !== undefined && azp === sub;
  if (!isService || !GOOGLE.test(String(iss))) return false;
  const own = claimsOf(`${token.bearer.split('.')[1]}`);
  if (email !== undefined && own.email !== undefined) return email !== own.email;
  return sub === undefined || sub !== own.sub;
}

function claimsOf(segment: string): Record<string, unknown> {
  try {
    return ownOf(Object(JSON.parse(decodeSegment(segment) ?? '')));
  } catch {
    return {};
  }
}
