import { createHash } from 'node:crypto';

/** A service account: who a service is. */
export interface ServiceAccount {
  readonly email: string;
  /** 21 digits that never change: the `sub` of its ID tokens. */
  readonly uniqueId: string;
}

/** The service accounts of the project. */
export interface Accounts {
  /** The account with this e-mail; made when it does not exist. */
  ensure(email: string): ServiceAccount;
  byEmail(email: string): ServiceAccount | undefined;
  byUniqueId(uniqueId: string): ServiceAccount | undefined;
}

/** 21 digits from the e-mail, so that an account keeps its id over restarts. */
export function uniqueIdOf(email: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(email).digest('hex')}`) % 10n ** 20n;
  return `1${digits.toString().padStart(20, '0')}`;
}

export function createAccounts(): Accounts {
  const byEmail = new Map<string, ServiceAccount>();
  const byId = new Map<string, ServiceAccount>();
  return {
    ensure(email) {
      const known = byEmail.get(email);
      if (known !== undefined) return known;
      const account = { email, uniqueId: uniqueIdOf(email) };
      byEmail.set(email, account);
      byId.set(account.uniqueId, account);
      return account;
    },
    byEmail: (email) => byEmail.get(email),
    byUniqueId: (uniqueId) => byId.get(uniqueId),
  };
}
