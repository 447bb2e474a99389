import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Accounts, ServiceAccount } from '../identity/accounts.ts';
import type { Project } from '../identity/project.ts';
import { remember, type Undo } from '../internal/remember.ts';

/** A key file as `gcloud iam service-accounts keys create` writes it. */
export interface ServiceAccountKeyFile {
  readonly type: 'service_account';
  readonly project_id: string;
  /** 40 hex digits: the `kid` of assertions. */
  readonly private_key_id: string;
  /** PEM, PKCS #8. */
  readonly private_key: string;
  readonly client_email: string;
  /** The account's unique id. */
  readonly client_id: string;
  readonly auth_uri: string;
  /** The emulator's own, where clients that heed it post their assertions. */
  readonly token_uri: string;
  readonly auth_provider_x509_cert_url: string;
  readonly client_x509_cert_url: string;
  readonly universe_domain: 'googleapis.com';
}

export interface AccountKey {
  /** 40 hex digits. */
  readonly keyId: string;
  readonly account: ServiceAccount;
  readonly publicKey: KeyObject;
}

/** The public half of a key, as it is kept over a restart. */
export interface SavedAccountKey {
  readonly keyId: string;
  readonly email: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

/** Keys that users made for service accounts. The private half is handed out once and not kept. */
export interface AccountKeys {
  make(account: ServiceAccount, project: Project, tokenUri: string): Promise<ServiceAccountKeyFile>;
  find(keyId: string): AccountKey | undefined;
  /** All keys of the account with this e-mail. */
  of(email: unknown): readonly AccountKey[];
  remove(keyId: string): void;
  /** The keys of a deleted account are worth nothing. */
  forget(account: ServiceAccount): void;
  save(): SavedAccountKey[];
  remember(): Undo;
  onChange(listener: () => void): void;
}

export function createAccountKeys(accounts: Accounts, saved: readonly SavedAccountKey[] = []): AccountKeys {
  const keys = new Map<string, AccountKey>(
    saved.map(({ keyId, email, publicKey }) => [
      keyId,
      { keyId, account: accounts.ensure(email), publicKey: createPublicKey(publicKey) },
    ]),
  );
  const listeners: (() => void)[] = [];
  const changed = () => {
    for (const listener of listeners) listener();
  };
  return {
    remember: () => remember(keys),
    onChange: (listener) => listeners.push(listener),
    save: () =>
      [...keys].map(([keyId, { account, publicKey }]) => ({
        keyId,
        email: account.email,
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      })),
    find: (keyId) => keys.get(keyId),
    of: (email) => [...keys.values()].filter(({ account }) => account.email === email),
    remove(keyId) {
      keys.delete(keyId);
      changed();
    },
    forget({ uniqueId }) {
      for (const [keyId, { account }] of keys) if (account.uniqueId === uniqueId) keys.delete(keyId);
      changed();
    },
    async make(account, project, tokenUri) {
      const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      const keyId = createHash('sha1')
        .update(publicKey.export({ type: 'spki', format: 'der' }))
        .digest('hex');
      keys.set(keyId, { keyId, account, publicKey });
      changed();
      return {
        type: 'service_account',
        project_id: project.id,
        private_key_id: keyId,
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        client_email: account.email,
        client_id: account.uniqueId,
        auth_uri: 'https://accounts.google.com/o/oauth2/auth',
        token_uri: tokenUri,
        auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
        client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(account.email)}`,
        universe_domain: 'googleapis.com',
      };
    },
  };
}
