import { type AuthClient, BaseExternalAccountClient, Impersonated, JWT } from 'google-auth-library';
import { readAccount } from './account.ts';
import type { Impersonation } from './generate-id-token.ts';

/** The client and those whose access tokens it needs, the nearest first: a file may impersonate by another that does. */
export function chainOf(client: AuthClient): AuthClient[] {
  // biome-ignore lint/complexity/useLiteralKeys: it is private, and has no other name
  return client instanceof Impersonated ? [client, ...chainOf(client['sourceClient'])] : [client];
}

/** The service account that the access tokens of a client are of, as far as the client says. */
export function accountOf(client: AuthClient): string | undefined {
  if (client instanceof Impersonated) return readAccount(client.getTargetPrincipal());
  if (client instanceof JWT) return readAccount(client.email);
  if (!(client instanceof BaseExternalAccountClient)) return undefined;
  try {
    return readAccount(client.getServiceAccountEmail());
  } catch {
    // Its URL is longer than any account's.
    return undefined;
  }
}

/** Whether a client that mints ID tokens of its own account is whom it shall be: nobody has a grant on himself. */
export function isAlready(client: AuthClient, actAs: Impersonation): boolean {
  const mintsItsOwn = client instanceof Impersonated || client instanceof JWT;
  return mintsItsOwn && isWhom(accountOf(client), actAs);
}

export function isWhom(account: string | undefined, { serviceAccount, delegates }: Impersonation): boolean {
  return account === serviceAccount && delegates.length === 0;
}
