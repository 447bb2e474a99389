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
export const GCLOUD_CLIENT_ID = '32555940559.apps.googleusercontent.com';

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
