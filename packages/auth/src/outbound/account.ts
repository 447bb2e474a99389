import type { Rule } from '../options.ts';

/** Its address or its number: both stand in paths of URLs and in commands, where other letters could lead elsewhere. */
const ACCOUNT =
  /^(?:serviceAccount:|(?:\/\/iam\.googleapis\.com\/)?projects\/[^/\s]+\/serviceAccounts\/)?([\w.-]+@[\w.-]+|\d+)$/;
const IS_ACCOUNT = 'the e-mail address or the unique id of a service account';

/**
 * A service account as it is written in policies (`serviceAccount:E-MAIL`), as the name of a resource
 * (`projects/-/serviceAccounts/E-MAIL`) or alone, with or without blanks around: its e-mail address or unique id.
 */
export function readAccount(value: unknown): string | undefined {
  return typeof value === 'string' ? ACCOUNT.exec(value.trim())?.[1] : undefined;
}

export const SERVICE_ACCOUNT: Rule<string> = { must: IS_ACCOUNT, required: false, read: readAccount };

export const SERVICE_ACCOUNT_EMAIL: Rule<string> = {
  must: 'the e-mail address of a service account',
  required: false,
  read: (value) => {
    const account = readAccount(value);
    return account?.includes('@') ? account : undefined;
  },
};

export const SERVICE_ACCOUNTS: Rule<readonly string[]> = {
  must: 'a list of e-mail addresses or unique ids of service accounts',
  required: false,
  read: (value) => {
    if (!Array.isArray(value)) return undefined;
    const accounts = Array.from(value, readAccount);
    return accounts.every((account) => account !== undefined) ? accounts : undefined;
  },
};

/** An account of a machine's metadata server, which has names for them, too. */
export const MACHINE_ACCOUNT: Rule<string> = {
  must: `'default', or ${IS_ACCOUNT}`,
  required: false,
  read: (value) => (value === 'default' ? value : readAccount(value)),
};

/** As iamcredentials names it. https://cloud.google.com/iam/docs/reference/credentials/rest */
export function resourceName(account: string): string {
  return `projects/-/serviceAccounts/${account}`;
}
