import { type Accounts, isActive, type ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { ForeignAccounts } from '../../identity/accounts/foreign-accounts.ts';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import { isGcloud } from '../../identity/tokens/user-credentials.ts';
import type { GoogleClaims } from './id-token-check.ts';

/** Who a checked ID token belongs to. */
export interface Caller {
  readonly email: string;
  readonly principal: ProvenPrincipal;
  /** A service account is of this project, or of another. */
  readonly kind: 'service account' | 'foreign account' | 'user';
}

/**
 * The account behind a token: a service account by its unique id, or a user by the e-mail in a token
 * that gcloud was given. A service account that asks for gcloud's client id as audience is no user by that.
 */
export function callerOf(
  claims: GoogleClaims,
  accounts: Pick<Accounts, 'byUniqueId'>,
  elsewhere?: Pick<ForeignAccounts, 'byUniqueId'>,
): Caller | undefined {
  const account = accounts.byUniqueId(claims.sub);
  if (account !== undefined) return isActive(account) ? callerAs(account, 'service account') : undefined;
  const foreign = elsewhere?.byUniqueId(claims.sub);
  if (foreign !== undefined) return callerAs(foreign, 'foreign account');
  const { email, email_verified: verified, aud, azp } = claims;
  const isUser =
    isGcloud(aud) &&
    azp === aud &&
    typeof email === 'string' &&
    verified === true &&
    !email.endsWith('.gserviceaccount.com');
  return isUser ? { email, principal: { member: `user:${email}`, sets: [] }, kind: 'user' } : undefined;
}

/** The same object for the same account: what is looked up by its member is found by identity. */
function callerAs(account: ServiceAccount, kind: Caller['kind']): Caller {
  const known = callers.get(account);
  if (known !== undefined) return known;
  const { email } = account;
  const caller: Caller = {
    email,
    principal: { member: `serviceAccount:${email}`, sets: [] },
    kind,
  };
  callers.set(account, caller);
  return caller;
}

const callers = new WeakMap<ServiceAccount, Caller>();
