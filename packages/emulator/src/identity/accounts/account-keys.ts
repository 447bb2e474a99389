import { createHash, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { list, object, text } from '../../internal/json-shape.ts';
import { remember, type Undo } from '../../internal/remember.ts';
import type { Project } from '../project.ts';
import type { Accounts, ServiceAccount } from './accounts.ts';

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
  /** Who made it: Google for a user, the user, or Google for itself. */
  readonly origin: 'made' | 'uploaded' | 'system';
  /** Seconds since the epoch. */
  readonly validAfter: number;
  /** Seconds since the epoch. */
  readonly validBefore: number;
  readonly disabled: boolean;
  /** PEM: the one that was uploaded. */
  readonly certificate?: string;
}

/** The public half of a key, as it is kept over a restart. */
export interface SavedAccountKey {
  readonly keyId: string;
  readonly email: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
  /** Seconds since the epoch. */
  readonly validAfter?: number;
  readonly disabled?: boolean;
  /** PEM, where the key was uploaded. */
  readonly certificate?: string;
}

/** What a state file must hold of it. What stands deeper is checked where it is used. */
export const savedAccountKeysShape = list(
  object(
    { keyId: text, email: text, publicKey: text },
    { validAfter: { type: 'number' }, disabled: { type: 'boolean' }, certificate: text },
  ),
);

/** When keys that Google makes for users end: 9999-12-31T23:59:59Z. */
export const NEVER = 253_402_300_799;

/** Keys that users made for service accounts, or brought. A private half is handed out once and not kept. */
export interface AccountKeys {
  /** @param now seconds since the epoch */
  make(account: ServiceAccount, project: Project, tokenUri: string, now: number): Promise<ServiceAccountKeyFile>;
  /** A key by its certificate (PEM); undefined where it is there already. */
  upload(account: ServiceAccount, certificate: string): AccountKey | undefined;
  disable(keyId: string, disabled: boolean): void;
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
    saved.map(({ keyId, email, publicKey, validAfter = 0, disabled = false, certificate }) => {
      const account = accounts.ensure(email);
      const key: AccountKey =
        certificate === undefined
          ? {
              keyId,
              account,
              publicKey: createPublicKey(publicKey),
              origin: 'made',
              validAfter,
              validBefore: NEVER,
              disabled,
            }
          : { ...uploadedKey(account, certificate), disabled };
      return [keyId, key];
    }),
  );
  const listeners: (() => void)[] = [];
  const changed = () => {
    for (const listener of listeners) listener();
  };
  return {
    remember: () => remember(keys),
    onChange: (listener) => listeners.push(listener),
    save: () =>
      [...keys].map(([keyId, { account, publicKey, validAfter, disabled, certificate }]) => ({
        keyId,
        email: account.email,
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        validAfter,
        ...(disabled ? { disabled } : {}),
        ...(certificate === undefined ? {} : { certificate }),
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
    upload(account, certificate) {
      const key = uploadedKey(account, certificate);
      if (keys.has(key.keyId)) return undefined;
      keys.set(key.keyId, key);
      changed();
      return key;
    },
    disable(keyId, disabled) {
      const key = keys.get(keyId);
      if (key === undefined) return;
      keys.set(keyId, { ...key, disabled });
      changed();
    },
    async make(account, project, tokenUri, now) {
      const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      const keyId = idOf(publicKey);
      keys.set(keyId, {
        keyId,
        account,
        publicKey,
        origin: 'made',
        validAfter: now,
        validBefore: NEVER,
        disabled: false,
      });
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

function uploadedKey(account: ServiceAccount, certificate: string): AccountKey {
  const { publicKey, validFromDate, validToDate } = new X509Certificate(certificate);
  return {
    keyId: idOf(publicKey),
    account,
    publicKey,
    origin: 'uploaded',
    validAfter: validFromDate.getTime() / 1000,
    validBefore: validToDate.getTime() / 1000,
    disabled: false,
    certificate,
  };
}

/** 40 hex digits. */
function idOf(publicKey: KeyObject): string {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
