import type { Iam } from '../../iam/policies/iam.ts';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { permitted } from '../http/permit.ts';

/**
 * Whoever deploys a service must be allowed to be the account that it runs as.
 * @throws GoogleError PERMISSION_DENIED, also when there is no such account
 * @see https://docs.cloud.google.com/run/docs/reference/iam/permissions
 */
export function mayActAs(
  { iam, accounts }: { readonly iam: Iam; readonly accounts: Accounts },
  caller: ProvenPrincipal,
  email = '',
): void {
  const account = accounts.byEmail(email);
  if (account !== undefined && permitted(iam, caller, 'iam.serviceAccounts.actAs', `serviceAccounts/${account.email}`))
    return;
  throw new GoogleError(
    'PERMISSION_DENIED',
    `Permission 'iam.serviceaccounts.actAs' denied on service account ${email} (or it may not exist).`,
  );
}
