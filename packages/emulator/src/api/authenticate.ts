import type { FastifyRequest } from 'fastify';
import { verifyAccessToken } from '../identity/access-tokens.ts';
import type { ProvenPrincipal } from '../identity/principals.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { GoogleError } from './google-error.ts';

/** Who calls an API, by the access token that it sends. @throws GoogleError UNAUTHENTICATED */
export async function authenticate(request: FastifyRequest, keys: KeyRing, now: number): Promise<ProvenPrincipal> {
  const [, token = ''] = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const principal = await verifyAccessToken(keys, token, now);
  if (principal === undefined)
    throw new GoogleError(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    );
  return principal;
}
