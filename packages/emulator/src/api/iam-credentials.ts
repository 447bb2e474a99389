import type { Iam } from '../iam/iam.ts';
import type { Permission } from '../iam/roles.ts';
import { mintAccessToken } from '../identity/access-tokens.ts';
import type { Accounts, ServiceAccount } from '../identity/accounts.ts';
import type { ProvenPrincipal } from '../identity/principals.ts';
import { mintIdToken, TOKEN_LIFETIME_S } from '../identity/tokens.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { Body } from './call.ts';
import { GoogleError } from './google-error.ts';
import { permit } from './permit.ts';

export interface IamCredentialsOptions {
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  readonly iam: Iam;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

const invalidArgument = () => new GoogleError('INVALID_ARGUMENT', 'Request contains an invalid argument.');

/** The methods by which a principal is another account, where that account's policy allows it. */
export interface IamCredentials {
  generateIdToken(caller: ProvenPrincipal, account: string, body: Body): Promise<object>;
  generateAccessToken(caller: ProvenPrincipal, account: string, body: Body): Promise<object>;
}

/**
 * `projects.serviceAccounts.generateIdToken` and `generateAccessToken`.
 * @see https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
 */
export function createIamCredentials({ keys, accounts, iam, now }: IamCredentialsOptions): IamCredentials {
  return { generateIdToken: idToken, generateAccessToken: accessToken };

  async function idToken(caller: ProvenPrincipal, name: string, body: Body): Promise<object> {
    const { audience } = body;
    if (typeof audience !== 'string' || audience === '') throw invalidArgument();
    const account = become(caller, name, body.delegates, 'iam.serviceAccounts.getOpenIdToken');
    const token = await mintIdToken(keys, {
      account,
      audience,
      email: isTrue(body.includeEmail),
      authorizedParty: isTrue(body.useEmailAzp) ? account.email : account.uniqueId,
      // The project that is played belongs to no organization.
      ...(isTrue(body.organizationNumberIncluded) ? { more: { google: { organization_number: null } } } : {}),
      issuedAt: now(),
    });
    return { token };
  }

  async function accessToken(caller: ProvenPrincipal, name: string, body: Body): Promise<object> {
    const { scope, lifetime = `${TOKEN_LIFETIME_S}s` } = body;
    if (!Array.isArray(scope) || scope.length === 0 || !scope.every((one) => typeof one === 'string'))
      throw invalidArgument();
    const seconds = Number(/^(\d{1,5})s$/.exec(`${lifetime}`)?.[1]);
    if (!(seconds > 0 && seconds <= TOKEN_LIFETIME_S)) throw invalidArgument();
    const account = become(caller, name, body.delegates, 'iam.serviceAccounts.getAccessToken');
    const principal = { member: `serviceAccount:${account.email}`, sets: [] };
    return {
      accessToken: await mintAccessToken(keys, { principal, scopes: scope, issuedAt: now(), lifetime: seconds }),
      expireTime: new Date((now() + seconds) * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  }

  /** The account, where each one of the chain may act as the next: delegation up to the last, the permission there. */
  function become(caller: ProvenPrincipal, name: string, delegates: unknown, permission: Permission): ServiceAccount {
    let current = caller;
    for (const delegate of readDelegates(delegates)) {
      permit(iam, current, 'iam.serviceAccounts.implicitDelegation', `serviceAccounts/${delegate.email}`);
      current = { member: `serviceAccount:${delegate.email}`, sets: [] };
    }
    const target = findAccount(name);
    permit(iam, current, permission, `serviceAccounts/${target.email}`);
    return target;
  }

  function readDelegates(delegates: unknown): ServiceAccount[] {
    if (delegates === undefined || delegates === null) return [];
    if (!Array.isArray(delegates) || delegates.length > 10) throw invalidArgument();
    return delegates.map((delegate) => findAccount(`${delegate}`.replace(/^projects\/-\/serviceAccounts\//, '')));
  }

  function findAccount(name: string): ServiceAccount {
    const account = accounts.byEmail(name) ?? accounts.byUniqueId(name);
    if (account === undefined) throw new GoogleError('NOT_FOUND', `Not found; Gaia id not found for email ${name}`);
    return account;
  }
}

/** Python sends booleans as texts. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
