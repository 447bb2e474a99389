import { createHash } from 'node:crypto';
import { count, list, map, object, text } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import type { Project } from '../project.ts';

/** A service account: who a service is. */
export interface ServiceAccount {
  readonly email: string;
  /** 21 digits that never change: the `sub` of its ID tokens. One that is made again after its deletion has others. */
  readonly uniqueId: string;
  readonly displayName: string;
  readonly description: string;
  /** Whether it is nobody for the time being. */
  readonly disabled: boolean;
}

/** An account that was deleted. */
export interface DeletedAccount {
  readonly account: ServiceAccount;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** So long a deleted account can be brought back. @see https://docs.cloud.google.com/iam/docs/service-accounts-delete-undelete */
export const UNDELETE_S = 30 * 86_400;
const MOST_DELETED = 1000;

/** Whether an account may prove to be itself, and be asked for tokens. */
export function isActive(account: ServiceAccount | undefined): boolean {
  return account !== undefined && !account.disabled;
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
  disable(account: ServiceAccount, disabled: boolean): ServiceAccount;
  /** @param at seconds since the epoch */
  remove(account: ServiceAccount, at: number): void;
  /** Takes away for good what was deleted too long ago, and the oldest of too many. @param at seconds since the epoch */
  purge(at: number): readonly ServiceAccount[];
  /** The account of this unique id that was deleted, where it can be brought back. */
  deleted(uniqueId: string): DeletedAccount | undefined;
  /** An account that was deleted is there again, the same. */
  restore(deleted: DeletedAccount): ServiceAccount;
  byEmail(email: string): ServiceAccount | undefined;
  byUniqueId(uniqueId: string): ServiceAccount | undefined;
  save(): SavedAccounts;
  remember(): Undo;
  onChange(listener: () => void): void;
}

/** States of before say nothing of accounts that are disabled. */
type SavedAccount = Omit<ServiceAccount, 'disabled'> & Partial<Pick<ServiceAccount, 'disabled'>>;

/** What is kept over a restart. */
export interface SavedAccounts {
  readonly accounts: readonly SavedAccount[];
  /** How often an account of an e-mail was deleted. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Those that were deleted, and can be brought back for a time. */
  readonly gone?: readonly { readonly account: SavedAccount; readonly at: number }[];
}

const savedAccount = object({ email: text, uniqueId: text, displayName: text, description: text });

/** What a state file must hold of it. What stands deeper is checked where it is used. */
export const savedAccountsShape = object(
  { accounts: list(savedAccount), deleted: map(count) },
  { gone: list(object({ account: savedAccount, at: { type: 'number' } })) },
);

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

/** A flag of its own, whatever its prototype says. */
function read(saved: SavedAccount): ServiceAccount {
  const { email, uniqueId, displayName, description } = saved;
  return {
    email,
    uniqueId,
    displayName,
    description,
    disabled: Object.hasOwn(saved, 'disabled') && saved.disabled === true,
  };
}

export function createAccounts(saved: SavedAccounts = { accounts: [], deleted: {} }): Accounts {
  const byEmail = new Map<string, ServiceAccount>();
  const byId = new Map<string, ServiceAccount>();
  const deleted = new Map<string, number>(Object.entries(saved.deleted));
  const gone = new Map<string, DeletedAccount>(
    saved.gone?.map(({ account, at }) => [account.uniqueId, { account: read(account), at }]),
  );
  const listeners: (() => void)[] = [];

  function put(account: ServiceAccount): ServiceAccount {
    byEmail.set(account.email, account);
    byId.set(account.uniqueId, account);
    return account;
  }
  function make(email: string, { displayName = '', description = '' }: AccountTexts): ServiceAccount {
    return put({ email, uniqueId: uniqueIdOf(email, deleted.get(email)), displayName, description, disabled: false });
  }
  function changed<T>(result: T): T {
    for (const listener of listeners) listener();
    return result;
  }
  for (const account of saved.accounts) put(read(account));

  return {
    list: () => [...byEmail.values()],
    ensure: (email) => byEmail.get(email) ?? make(email, {}),
    make: (email, texts) => changed(make(email, texts)),
    describe: (account, texts) => changed(put({ ...account, ...texts })),
    disable: (account, disabled) => changed(put({ ...account, disabled })),
    purge(at) {
      const all = [...gone.values()];
      const lost = all.filter((one, index) => at - one.at >= UNDELETE_S || index < all.length - MOST_DELETED);
      for (const { account } of lost) gone.delete(account.uniqueId);
      return lost.map(({ account }) => account);
    },
    deleted: (uniqueId) => gone.get(uniqueId),
    restore({ account }) {
      gone.delete(account.uniqueId);
      return changed(put(account));
    },
    remove(account, at) {
      const { email, uniqueId } = account;
      byEmail.delete(email);
      byId.delete(uniqueId);
      gone.set(uniqueId, { account, at });
      deleted.set(email, (deleted.get(email) ?? 0) + 1);
      changed(undefined);
    },
    byEmail: (email) => byEmail.get(email),
    byUniqueId: (uniqueId) => byId.get(uniqueId),
    save: () => ({
      accounts: [...byEmail.values()],
      deleted: Object.fromEntries(deleted),
      gone: [...gone.values()],
    }),
    remember: () => remember(byEmail, byId, deleted, gone),
    onChange: (listener) => listeners.push(listener),
  };
}
