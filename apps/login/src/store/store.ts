/** Somebody who can sign in. */
export interface Account {
  /** Id of the person, here and in user-profiles. */
  personId: string;
  /** Trimmed, in lower case. */
  email: string;
  passwordHash: string;
  /** The name to make the profile with, until user-profiles has acknowledged it; then null. */
  pendingName: string | null;
}

/** Accounts, sessions and the secrets that must survive a restart. Times are milliseconds since the epoch. */
export interface LoginStore {
  findAccount(email: string): Promise<Account | undefined>;
  /** Adds an account unless its address has one. Resolves to the account that the address has now. */
  addAccount(account: Account): Promise<Account>;
  /** Makes the account of a person or replaces it. */
  putAccount(account: Account): Promise<void>;
  /** user-profiles has the profile of this person: nothing is pending any more. */
  profileMade(personId: string): Promise<void>;

  /** The secret of this name; the candidate becomes it when there is none, on one instance alone. */
  keepSecret(name: string, candidate: string, expiresAt?: number): Promise<string>;

  /** The data of a session that has not expired at `now`. */
  getSession(key: string, now: number): Promise<string | undefined>;
  /** `personId`: who is signed in, null for nobody. */
  putSession(key: string, personId: string | null, data: string, expiresAt: number): Promise<void>;
  deleteSession(key: string): Promise<void>;
  /** Ends every session of a person but this one. */
  deleteOtherSessions(personId: string, key: string): Promise<void>;

  /** Forgets sessions and secrets that have expired at `now`. */
  deleteExpired(now: number): Promise<void>;
  close(): Promise<void>;
}
