import type { AuthClient } from 'google-auth-library';
import { resourceName } from './account.ts';
import type { GoogleEndpoints } from './endpoints.ts';

/** Whose ID token is asked for. */
export interface Impersonation {
  /** E-mail address or unique id. */
  readonly serviceAccount: string;
  /** Accounts through which the permission is delegated, in order. */
  readonly delegates: readonly string[];
}

/**
 * Asks for an ID token of a service account, with the access token of `client`.
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 */
export async function generateIdToken(
  client: AuthClient,
  endpoints: GoogleEndpoints,
  impersonation: Impersonation,
  audience: string,
): Promise<string> {
  const account = encodeURIComponent(impersonation.serviceAccount);
  const response = await client.request<{ token?: unknown }>({
    url: new URL(`/v1/projects/-/serviceAccounts/${account}:generateIdToken`, endpoints.iamCredentials).href,
    method: 'POST',
    responseType: 'json',
    data: {
      audience,
      includeEmail: true,
      delegates: impersonation.delegates.map(resourceName),
    },
  });
  return String(response.data.token ?? '');
}
