import { decodeSegment, splitCompact } from '../compact.ts';
import { CallError } from '../errors.ts';
import { SIGNATURE_REMOVED } from '../headers.ts';
import type { IdToken } from './id-token.ts';

/**
 * Refuses an Authorization header that can only have been copied from a received request: a token whose signature Cloud
 * Run has removed, or another service account's ID token. A person's token passes: handing it on is the application's
 * decision.
 */
export function refuseRelayed(authorization: unknown, token: IdToken): void {
  const values = Array.isArray(authorization) ? authorization : [authorization];
  for (const value of values) {
    if (typeof value !== 'string' || value === token.bearer) continue;
    if (value.includes(SIGNATURE_REMOVED) || isServiceToken(value))
      throw new CallError(
        'RUN_AUTH_CREDENTIAL_RELAYED',
        'The Authorization header holds the ID token of a service that called this one.',
      );
  }
}

function isServiceToken(authorization: string): boolean {
  const parts = splitCompact(authorization.slice(authorization.indexOf(' ') + 1));
  if (parts === undefined) return false;
  try {
    const claims: { iss?: unknown; email?: unknown } | null = JSON.parse(decodeSegment(parts.payload) ?? 'null');
    return (
      claims?.iss === 'https://accounts.google.com' &&
      typeof claims.email === 'string' &&
      claims.email.endsWith('.gserviceaccount.com')
    );
  } catch {
    return false;
  }
}
