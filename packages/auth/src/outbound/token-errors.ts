import { type AuthClient, BaseExternalAccountClient, Compute, JWT } from 'google-auth-library';
import type { TokenErrorCode } from '../codes.ts';
import { TokenError } from '../errors.ts';
import { safeCause } from '../safe-cause.ts';
import { chainOf } from './chain.ts';
import type { Discovered } from './discovery.ts';
import type { Impersonation } from './generate-id-token.ts';
import { secretsInVariables } from './given-secrets.ts';
import { mendDenial } from './missing-grant.ts';

/**
 * Turns what google-auth-library threw into an error that says what happened and what mends it.
 *
 * @param actsAs whom the client was to be
 */
export function explainTokenError(
  cause: unknown,
  { client, secrets }: Discovered,
  audience: string,
  actsAs: Impersonation | undefined,
): TokenError {
  // Read by shape: the library copies these to errors of its own, which are no GaxiosError.
  const { response, config } = Object(cause) as FailedRequest;
  const status = response?.status;
  const url = urlOf(config?.url);
  const chain = chainOf(client);
  const safe = safeCause(cause, chain, [...secrets, ...secretsInVariables()]);
  const why = safe.message;
  const mend = status === 403 && isOfIam(url) ? mendDenial(url, why, client, actsAs) : undefined;
  return new TokenError(codeOf(chain.at(-1), url, status), audience, `No ID token for ${audience}: ${why}.`, {
    cause: safe,
    ...(mend !== undefined && { mend }),
  });
}

interface FailedRequest {
  readonly response?: { readonly status?: number };
  readonly config?: { readonly url?: unknown };
}

function urlOf(url: unknown): string {
  try {
    return decodeURIComponent(String(url ?? ''));
  } catch {
    // One that was not made here.
    return '';
  }
}

function isOfIam(url: string): boolean {
  return /:generate(?:Id|Access)Token$/.test(url);
}

/** @param root the client at the beginning of the chain: it is what talks to others than iamcredentials */
function codeOf(root: AuthClient | undefined, url: string, status: number | undefined): TokenErrorCode {
  if (isOfIam(url)) {
    if (status === 403 || status === 401) return 'RUN_AUTH_IMPERSONATION_DENIED';
    return status === 404 ? 'RUN_AUTH_SERVICE_ACCOUNT_UNKNOWN' : 'RUN_AUTH_TOKEN_FETCH_FAILED';
  }
  if (root instanceof Compute) {
    const refused = status !== undefined && status < 500 && status !== 429;
    return refused ? 'RUN_AUTH_METADATA_REFUSED' : 'RUN_AUTH_METADATA_UNREACHABLE';
  }
  const refused = status === 400 || status === 401 || status === 403;
  if (refused && root instanceof JWT) return 'RUN_AUTH_KEY_REFUSED';
  if (refused && root instanceof BaseExternalAccountClient) return 'RUN_AUTH_FEDERATION_REFUSED';
  return 'RUN_AUTH_TOKEN_FETCH_FAILED';
}
