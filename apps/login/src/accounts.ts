import { randomUUID } from 'node:crypto';
import { randomColour } from './badge.ts';
import { hashPassword, verifyPassword } from './password.ts';
import type { ProfilesClient } from './profiles-client.ts';
import type { Account, LoginStore } from './store/store.ts';

/** What somebody types to sign up. */
export interface Newcomer {
  /** Trimmed, in lower case. */
  email: string;
  password: string;
  name: string;
}

export interface Accounts {
  /** The account that address and password belong to. Takes as long when there is none. */
  signIn(email: string, password: string, traceparent: string): Promise<Account | undefined>;
  /**
   * Makes an account and the profile of its person; undefined when somebody else has the address. The same once more,
   * after a failure or at the same time, ends with the same one person.
   */
  signUp(newcomer: Newcomer, traceparent: string): Promise<Account | undefined>;
}

/** An e-mail address as accounts are kept by it. */
export function emailOf(typed: string): string {
  return typed.trim().toLowerCase();
}

/** Who can sign in. `demoAccount` settles when the demo account is made or cannot be. */
export function createAccounts(store: LoginStore, profiles: ProfilesClient, demoAccount: Promise<void>): Accounts {
  /**
   * Account and profile live in two services, so one of them comes first: the account, which remembers that its profile
   * is missing. Nobody gets a session before user-profiles has acknowledged it, and whoever comes back finishes it.
   */
  async function withProfile(account: Account, traceparent: string): Promise<Account> {
    if (account.pendingName === null) return account;
    const { personId: id, email, pendingName: name } = account;
    await profiles.create({ name, colour: randomColour() }, { person: { id, email }, traceparent });
    await store.profileMade(id);
    return { ...account, pendingName: null };
  }

  // Right after the start the demo account may not be there yet. All wait, whatever the address: time must not tell
  // whose it is.
  const demoAccountSettled = () => Promise.allSettled([demoAccount]);

  return {
    signIn: async (email, password, traceparent) => {
      await demoAccountSettled();
      const account = await store.findAccount(email);
      const matches = await verifyPassword(password, account?.passwordHash);
      return account && matches ? withProfile(account, traceparent) : undefined;
    },
    signUp: async ({ email, password, name }, traceparent) => {
      await demoAccountSettled();
      const personId = randomUUID();
      const account =
        (await store.findAccount(email)) ??
        (await store.addAccount({ personId, email, passwordHash: await hashPassword(password), pendingName: name }));
      const own = account.personId === personId || (await verifyPassword(password, account.passwordHash));
      if (!own) return undefined;
      // Who is still to be made may have been refused for the name, and have put it right.
      const pendingName = account.pendingName && name;
      if (pendingName !== account.pendingName) await store.putAccount({ ...account, pendingName });
      return withProfile({ ...account, pendingName }, traceparent);
    },
  };
}
