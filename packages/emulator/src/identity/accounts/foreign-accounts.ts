import { derived } from '../../internal/derived.ts';
import { type ServiceAccount, uniqueIdOf } from './accounts.ts';

/** Service accounts that are not of this project: its admin APIs know nothing of them, and policies may name them. */
export interface ForeignAccounts {
  byEmail(email: string): ServiceAccount | undefined;
  byUniqueId(uniqueId: string): ServiceAccount | undefined;
}

/** Those with these e-mails: of other projects, and Google's own agents. */
export function createForeignAccounts(emails: () => readonly string[]): ForeignAccounts {
  const known = derived(emails, (all) => {
    const accounts = all.map(
      (email): ServiceAccount => ({
        email,
        uniqueId: uniqueIdOf(email),
        displayName: '',
        description: '',
        disabled: false,
      }),
    );
    return {
      byEmail: new Map(accounts.map((account) => [account.email, account])),
      byId: new Map(accounts.map((account) => [account.uniqueId, account])),
    };
  });
  return { byEmail: (email) => known().byEmail.get(email), byUniqueId: (uniqueId) => known().byId.get(uniqueId) };
}
