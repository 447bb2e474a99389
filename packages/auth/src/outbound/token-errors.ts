import { type AuthClient, BaseExternalAccountClient, Compute, JWT } from 'google-auth-library';
import type { TokenErrorCode } from '../codes.ts';
import { TokenError } from '../errors.ts';
import { safeCause } from '../safe-cause.ts';

/** Turns what google-auth-library threw into an error that says what happened and what mends it. */
export function explainTokenError(cause: unknown, client: AuthClient, audience: string, target: Target): TokenError {
  if (cause instanceof TokenError) return cause;
  // Read by shape: the library copies these to errors of its own, which are no GaxiosError.
  const { response, config } = Object(cause) as FailedRequest;
  const status = response?.status;
  const url = String(config?.url ?? '');
  const safe = safeCause(cause, client);
  const why = safe.message;
  return new TokenError(codeOf(client, url, status), audience, `No ID token for ${audience}: ${why}.`, {
    cause: safe,
    ...(status === 403 && mendFor(url, why, target)),
  });
}

/** Whom the credentials were to act as. */
interface Target {
  readonly serviceAccount: string | undefined;
  readonly delegates?: readonly string[];
}

interface FailedRequest {
  readonly response?: { readonly status?: number };
  readonly config?: { readonly url?: unknown };
}

function codeOf(client: AuthClient, url: string, status: number | undefined): TokenErrorCode {
  if (url.includes(':generateIdToken') || url.includes(':generateAccessToken')) {
    if (status === 403 || status === 401) return 'RUN_AUTH_IMPERSONATION_DENIED';
    return status === 404 ? 'RUN_AUTH_SERVICE_ACCOUNT_UNKNOWN' : 'RUN_AUTH_TOKEN_FETCH_FAILED';
  }
  if (client instanceof Compute) {
    const refused = status !== undefined && status < 500 && status !== 429;
    return refused ? 'RUN_AUTH_METADATA_REFUSED' : 'RUN_AUTH_METADATA_UNREACHABLE';
  }
  const refused = status === 400 || status === 401 || status === 403;
  if (refused && client instanceof JWT) return 'RUN_AUTH_KEY_REFUSED';
  if (refused && client instanceof BaseExternalAccountClient) return 'RUN_AUTH_FEDERATION_REFUSED';
  return 'RUN_AUTH_TOKEN_FETCH_FAILED';
}

/** Fills in the account where the command that mends it names one. */
function mendFor(url: string, why: string, { serviceAccount, delegates = [] }: Target): { mend?: string } {
  // Google names the permission, and not which link of a chain lacks it.
  if (why.includes('iam.serviceAccounts.implicitDelegation')) {
    const delegate = delegates.length === 1 ? delegates[0] : 'DELEGATE';
    return { mend: grant(`${delegate}`, 'roles/iam.serviceAccountTokenCreator') };
  }
  const account = serviceAccount ?? /serviceAccounts\/([^/:]+):/.exec(decodeURIComponent(url))?.[1];
  return account === undefined ? {} : { mend: grant(account, 'roles/iam.serviceAccountOpenIdTokenCreator') };
}

function grant(account: string, role: string): string {
  return `Run \`gcloud iam service-accounts add-iam-policy-binding ${account} --member=MEMBER --role=${role}\`.`;
}
