import type { Cloud } from '../src/index.ts';

/** The ID token that gcloud has for a user. @param clientId another OAuth client than gcloud's own */
export async function userToken({ url, userCredentials }: Cloud, email: string, clientId?: string): Promise<string> {
  const credentials = await userCredentials(email);
  const fields = {
    ...credentials,
    grant_type: 'refresh_token',
    ...(clientId === undefined ? {} : { client_id: clientId }),
  };
  const response = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(fields) });
  return ((await response.json()) as { id_token: string }).id_token;
}
