import type { Undo } from '../../internal/remember.ts';
import { makeSigningKey, type SigningKey } from '../keys/signing-key.ts';
import type { AccountKey } from './account-keys.ts';
import type { ServiceAccount } from './accounts.ts';

/**
 * The keys that Google itself holds for service accounts, one for each: they sign for whoever may ask them to, and never
 * leave. They live as long as this process.
 * @see https://docs.cloud.google.com/iam/docs/service-account-creds#system-managed-keys
 */
export interface SystemKeys {
  /** The account's key, made when it is first asked for. */
  of(account: ServiceAccount): Promise<SigningKey>;
  /** The same as it is listed. */
  keyOf(account: ServiceAccount): Promise<AccountKey>;
  find(keyId: string): AccountKey | undefined;
  /** The key of a deleted account is worth nothing. */
  forget(account: ServiceAccount): void;
  /** The way back to the keys of accounts that are deleted from now on. */
  remember(): Undo;
}

/** Google's sign for two weeks, and verify for two more years at most. */
const VALID_S = 2 * 365 * 86_400;

/** Keys of deleted accounts that are kept, as a deletion that cannot be saved is undone. */
const MOST_FORGOTTEN = 100;

interface Made {
  readonly signing: SigningKey;
  readonly key: AccountKey;
}

/** @param now seconds since the epoch */
export function createSystemKeys(now: () => number): SystemKeys {
  // By unique id: an account that is made again after its deletion is another one.
  const making = new Map<string, Promise<Made>>();
  const made = new Map<string, AccountKey>();
  const forgotten = new Map<string, Promise<Made>>();

  async function make(account: ServiceAccount): Promise<Made> {
    const validAfter = now();
    const signing = await makeSigningKey();
    const key: AccountKey = {
      keyId: signing.kid,
      account,
      publicKey: signing.publicKey,
      origin: 'system',
      validAfter,
      validBefore: validAfter + VALID_S,
      disabled: false,
    };
    if (making.has(account.uniqueId)) made.set(key.keyId, key);
    return { signing, key };
  }
  function keyFor(account: ServiceAccount): Promise<Made> {
    const known = making.get(account.uniqueId) ?? make(account);
    making.set(account.uniqueId, known);
    return known;
  }

  return {
    of: async (account) => (await keyFor(account)).signing,
    keyOf: async (account) => (await keyFor(account)).key,
    find: (keyId) => made.get(keyId),
    forget({ uniqueId }) {
      const its = making.get(uniqueId);
      if (its === undefined) return;
      forgotten.set(uniqueId, its);
      const [oldest = ''] = forgotten.keys();
      if (forgotten.size > MOST_FORGOTTEN) forgotten.delete(oldest);
      making.delete(uniqueId);
      for (const [keyId, { account }] of made) if (account.uniqueId === uniqueId) made.delete(keyId);
    },
    remember() {
      const before = new Set(forgotten.keys());
      return () => {
        for (const [uniqueId, its] of forgotten) {
          if (before.has(uniqueId)) continue;
          forgotten.delete(uniqueId);
          making.set(uniqueId, its);
          void its.then(({ key }) => made.set(key.keyId, key));
        }
      };
    },
  };
}
