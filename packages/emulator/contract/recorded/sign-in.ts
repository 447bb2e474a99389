import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';

export interface KeyFile {
  readonly private_key: string;
  readonly client_email: string;
  readonly private_key_id: string;
}

/** What a client library sends to sign in with a key file, and the answer. */
export async function signIn(url: string, key: KeyFile): Promise<{ status: number; body: Record<string, string> }> {
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT({ scope: 'https://www.googleapis.com/auth/cloud-platform' })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.private_key_id })
    .setIssuer(key.client_email)
    .setSubject(key.client_email)
    .setAudience('https://oauth2.googleapis.com/token')
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(createPrivateKey(key.private_key));
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  const answer = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(grant) });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}
