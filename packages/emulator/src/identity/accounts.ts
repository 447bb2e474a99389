import { createHash } from 'node:crypto';
import { remember, type Undo } from '../internal/remember.ts';
import type { Project } from './project.ts';

/** A service account: who a service is. */
export interface ServiceAccount {
  readonly email: string;
  /** 21 digits that never change: the `sub` of its ID tokens. One that is made again after its deletion has others. */
  readonly uniqueId: string;
  readonly displayName: string;
  readonly description: string;
}

/** What users say of an account. */
export type AccountTexts = Partial<Pick<ServiceAccount, 'displayName' | 'description'>>;

/** The service accounts of the project. */
export interface Accounts {
  list(): readonly ServiceAccount[];
  /** The account with this e-mail; made when it does not exist. */
  ensure(email: string): ServiceAccount;
  /** A new account. */
  make(email: string, texts: AccountTexts): ServiceAccount;
  describe(account: ServiceAccount, texts: AccountTexts): ServiceAccount;
  remove(account: ServiceAccount): void;
  byEmail(email: string): ServiceAccount | undefined;
  byUniqueId(uniqueId: string): ServiceAccount | undefined;
  save(): SavedAccounts;
  remember(): Undo;
  onChange(listener: () => void): void;
}

/** What is kept over a restart. */
export interface SavedAccounts {
  readonly accounts: readonly ServiceAccount[];
  /** How often an account of an e-mail was deleted. */
  readonly deleted: Readonly<Record<string, number>>;
}

/** 21 digits from the e-mail, so that an account keeps its id over restarts. */
export function uniqueIdOf(email: string, deleted = 0): string {
  const seed = deleted === 0 ? email : `${email} ${deleted}`;
  const digits = BigInt(`0x${createHash('sha256').update(seed).digest('hex')}`) % 10n ** 20n;
  return `1${digits.toString().padStart(20, '0')}`;
}

/** Who a service runs as where nothing else is said. @see https://docs.cloud.google.com/run/docs/securing/service-identity */
export function defaultAccount(project: Project): string {
  return `${project.number}-compute@developer.gserviceaccount.com`;
}

export function createAccounts(saved: SavedAccounts = { accounts: [], deleted: {} }): Accounts {
  const byEmail = new Map<string, ServiceAccount>();
  const byId = new Map<string, ServiceAccount>();
  const deleted = new Map<string, number>(Object.entries(saved.deleted));
  const listeners: (() => void)[] = [];

  function put(account: ServiceAccount): ServiceAccount {
    byEmail.set(account.email, account);
    byId.set(account.uniqueId, account);
    return account;
  }
  function make(email: string, { displayName = '', description = '' }: AccountTexts): ServiceAccount {
    return put({ email, uniqueId: uniqueIdOf(email, deleted.get(email)), displayName, description });
  }
  function changed<T>(result: T): T {
    for (const listener of listeners) listener();
    return result;
  }
  for (const account of saved.accounts) put(account);

  return {
    list: () => [...byEmail.values()],
    ensure: (email) => byEmail.get(email) ?? make(email, {}),
    make: (email, texts) => changed(make(email, texts)),
    describe: (account, texts) => changed(put({ ...account, ...texts })),
    remove({ email, uniqueId }) {
      byEmail.delete(email);
      byId.delete(uniqueId);
      deleted.set(email, (deleted.get(email) ?? 0) + 1);
      changed(undefined);
    },
    byEmail: (email) => byEmail.get(email),
    byUniqueId: (uniqueId) => byId.get(uniqueId),
    save: () => ({ accounts: [...byEmail.values()], deleted: Object.fromEntries(deleted) }),
    remember: () => remember(byEmail, byId, deleted),
    onChange: (listener) => listeners.push(listener),
  };
}
