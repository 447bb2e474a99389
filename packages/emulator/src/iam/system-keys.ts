import type { ServiceAccount } from '../identity/accounts.ts';
import { makeSigningKey, type SigningKey } from '../keys/signing-key.ts';
import type { AccountKey } from './account-keys.ts';

/**
 * The keys that Google itself holds for service accounts, one for each: they sign for whoever may ask them to, and never
 * leave. They live as long as this process.
 * @see https://docs.cloud.google.com/iam/docs/service-account-creds#system-managed-keys
 */
export interface SystemKeys {
  /** The account's key, made when it is first asked for. */
  of(account: ServiceAccount): Promise<SigningKey>;
  find(keyId: string): AccountKey | undefined;
  /** The key of a deleted account is worth nothing. */
  forget(account: ServiceAccount): void;
}

export function createSystemKeys(): SystemKeys {
  // By unique id: an account that is made again after its deletion is another one.
  const keys = new Map<string, Promise<SigningKey>>();
  const made = new Map<string, AccountKey>();
  return {
    of(account) {
      const known = keys.get(account.uniqueId);
      if (known !== undefined) return known;
      const key = makeSigningKey();
      keys.set(account.uniqueId, key);
      return key.then((one) => {
        made.set(one.kid, { keyId: one.kid, account, publicKey: one.publicKey });
        return one;
      });
    },
    find: (keyId) => made.get(keyId),
    forget({ uniqueId }) {
      keys.delete(uniqueId);
      for (const [keyId, { account }] of made) if (account.uniqueId === uniqueId) made.delete(keyId);
    },
  };
}
