import { createHash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { KeyRing } from '../keys/key-ring.ts';

/** What `gcloud auth application-default login` leaves behind. */
export interface UserCredentials {
  readonly type: 'authorized_user';
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
}

/** gcloud's own OAuth client: the audience of a user's ID token, whatever was asked for. */
const GCLOUD_CLIENT_ID = '32555940559.apps.googleusercontent.com';

/** OAuth clients of gcloud: for `gcloud auth login`, and for `gcloud auth application-default login`. */
const gcloudClientIds: ReadonlySet<unknown> = new Set([
  GCLOUD_CLIENT_ID,
  '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
]);

/** Whether an audience is gcloud itself. Cloud Run accepts it for users alone, so that developers can call their services. */
export function isGcloud(audience: unknown): boolean {
  return gcloudClientIds.has(audience);
}

/** What a user's ID token says beside what every one says. @param accessToken the one that came with it */
export function userClaims(email: string, accessToken: string): Readonly<Record<string, unknown>> {
  const domain = email.slice(email.indexOf('@') + 1);
  // The left half of the hash. OpenID Connect Core section 3.1.3.6
  const hash = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
  return { ...(domain === 'gmail.com' ? {} : { hd: domain }), at_hash: hash };
}

/** The client that a user's ID token is for: the one that asks, where it is gcloud's. */
export function clientOf(clientId: unknown): string {
  return isGcloud(clientId) ? `${clientId}` : GCLOUD_CLIENT_ID;
}

const TYPE = 'refresh+jwt';

/** Credentials of a developer, honoured for as long as the emulator's keys live. */
export async function makeUserCredentials(keys: KeyRing, email: string, issuedAt: number): Promise<UserCredentials> {
  const key = keys.current();
  const refreshToken = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: TYPE })
    .setSubject(email)
    .setIssuedAt(issuedAt)
    .sign(key.privateKey);
  return {
    type: 'authorized_user',
    client_id: GCLOUD_CLIENT_ID,
    client_secret: 'not-a-secret',
    refresh_token: refreshToken,
  };
}

/** The user's e-mail, or undefined for a token that is none of ours. */
export async function verifyRefreshToken(keys: KeyRing, token: string, now: number): Promise<string | undefined> {
  const read = async () => {
    const { payload } = await jwtVerify(token, ({ kid = '' }) => keyOf(keys, kid), {
      algorithms: ['RS256'],
      typ: TYPE,
      currentDate: new Date(now * 1000),
    });
    return payload.sub;
  };
  return read().catch(() => undefined);
}

function keyOf(keys: KeyRing, kid: string) {
  const key = keys.find(kid);
  if (key === undefined) throw new Error('no such key');
  return key.publicKey;
}
