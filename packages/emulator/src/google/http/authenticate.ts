import type { FastifyRequest } from 'fastify';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import { readAccessToken } from '../../identity/tokens/access-tokens.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';

export interface AuthenticateOptions {
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Who calls an API, by the access token that it sends. @throws GoogleError UNAUTHENTICATED */
export async function authenticate(
  request: FastifyRequest,
  { keys, accounts, now }: AuthenticateOptions,
): Promise<ProvenPrincipal> {
  const [, token = ''] = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const read = await readAccessToken(keys, accounts, token, now());
  if (read === undefined)
    throw new GoogleError(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    );
  return read.principal;
}
