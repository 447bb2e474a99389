/** Somebody who can sign in. */
export interface Account {
  /** Id of the person, here and in user-profiles. */
  personId: string;
  /** Trimmed, in lower case. */
  email: string;
  passwordHash: string;
}

/** Accounts, sessions and the secrets that must survive a restart. */
export interface LoginStore {
  findAccount(email: string): Promise<Account | undefined>;
  /** Makes the account of a person or replaces it. */
  putAccount(account: Account): Promise<void>;

  /** The secret of this name; the candidate becomes it when there is none, on one instance alone. */
  keepSecret(name: string, candidate: string): Promise<string>;

  /** The data of a session that has not expired at `now` (milliseconds since the epoch). */
  getSession(key: string, now: number): Promise<string | undefined>;
  putSession(key: string, data: string, expiresAt: number): Promise<void>;
  deleteSession(key: string): Promise<void>;
  deleteExpiredSessions(now: number): Promise<void>;
  close(): Promise<void>;
}
