import { webcrypto } from 'node:crypto';
import { CompactSign } from 'jose';
import type { Iam } from '../../iam/policies/iam.ts';
import type { Permission } from '../../iam/roles/permissions.ts';
import { type Accounts, isActive, type ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { SystemKeys } from '../../identity/accounts/system-keys.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import type { ProvenPrincipal } from '../../identity/principals.ts';
import { mintAccessToken } from '../../identity/tokens/access-tokens.ts';
import { mintIdToken, TOKEN_LIFETIME_S } from '../../identity/tokens/tokens.ts';
import { isRecord } from '../../internal/check-settings.ts';
import { GoogleError, invalidField } from '../../internal/google-api/google-error.ts';
import type { Body } from '../http/call.ts';
import { permit } from '../http/permit.ts';

export interface IamCredentialsOptions {
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  readonly systemKeys: SystemKeys;
  readonly iam: Iam;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

const invalidArgument = () => new GoogleError('INVALID_ARGUMENT', 'Request contains an invalid argument.');

/** Signed claims end within 12 hours. */
const LONGEST_CLAIMS_S = 43_200;
const BASE64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;

type Method = (caller: ProvenPrincipal, account: string, body: Body) => Promise<object>;

/** The methods by which a principal is another account, where that account's policy allows it. */
export type IamCredentials = Readonly<
  Record<'generateIdToken' | 'generateAccessToken' | 'signBlob' | 'signJwt', Method>
>;

/**
 * `projects.serviceAccounts.generateIdToken`, `generateAccessToken`, `signBlob` and `signJwt`.
 * @see https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
 */
export function createIamCredentials({ keys, accounts, systemKeys, iam, now }: IamCredentialsOptions): IamCredentials {
  return { generateIdToken, generateAccessToken, signBlob, signJwt };

  async function generateIdToken(caller: ProvenPrincipal, name: string, body: Body): Promise<object> {
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

  async function generateAccessToken(caller: ProvenPrincipal, name: string, body: Body): Promise<object> {
    const { scope, lifetime = `${TOKEN_LIFETIME_S}s` } = body;
    if (!Array.isArray(scope) || scope.length === 0 || !scope.every((one) => typeof one === 'string'))
      throw invalidArgument();
    const seconds = Number(/^(\d{1,5})s$/.exec(`${lifetime}`)?.[1]);
    if (!(seconds > 0)) throw invalidField('lifetime', 'It is a number of seconds with an s behind it, as 300s.');
    if (seconds > TOKEN_LIFETIME_S)
      throw invalidField(
        'lifetime',
        `Access tokens for service account ${name} can not have lifetimes of more than 1 hour. Use the Org Policy Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow up to 12 hours.`,
      );
    const account = become(caller, name, body.delegates, 'iam.serviceAccounts.getAccessToken');
    const principal = { member: `serviceAccount:${account.email}`, sets: [] };
    return {
      accessToken: await mintAccessToken(keys, {
        principal,
        uniqueId: account.uniqueId,
        scopes: scope,
        issuedAt: now(),
        lifetime: seconds,
      }),
      expireTime: new Date((now() + seconds) * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  }

  async function signBlob(caller: ProvenPrincipal, name: string, { payload, delegates }: Body): Promise<object> {
    if (typeof payload !== 'string' || payload === '' || !BASE64.test(payload)) throw invalidArgument();
    const key = await systemKeys.of(become(caller, name, delegates, 'iam.serviceAccounts.signBlob'));
    const signed = await webcrypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, Buffer.from(payload, 'base64'));
    return { keyId: key.kid, signedBlob: Buffer.from(signed).toString('base64') };
  }

  async function signJwt(caller: ProvenPrincipal, name: string, { payload, delegates }: Body): Promise<object> {
    if (typeof payload !== 'string' || !isClaims(payload, now())) throw invalidArgument();
    const key = await systemKeys.of(become(caller, name, delegates, 'iam.serviceAccounts.signJwt'));
    const header = { alg: 'RS256', kid: key.kid, typ: 'JWT' };
    const signed = new CompactSign(Buffer.from(payload)).setProtectedHeader(header);
    return { keyId: key.kid, signedJwt: await signed.sign(key.privateKey) };
  }

  /** The account, where each one of the chain may act as the next: delegation up to the last, the permission there. */
  function become(caller: ProvenPrincipal, name: string, delegates: unknown, permission: Permission): ServiceAccount {
    let current = caller;
    for (const delegate of readDelegates(delegates)) {
      permit(iam, current, 'iam.serviceAccounts.implicitDelegation', `serviceAccounts/${delegate.email}`);
      checkActive(delegate);
      current = { member: `serviceAccount:${delegate.email}`, sets: [] };
    }
    const target = findAccount(name);
    permit(iam, current, permission, `serviceAccounts/${target.email}`);
    checkActive(target);
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

/** Nobody can be a disabled account. */
function checkActive(account: ServiceAccount): void {
  if (isActive(account)) return;
  throw new GoogleError(
    'FAILED_PRECONDITION',
    `Service account ${account.email} is disabled: gcloud iam service-accounts enable ${account.email}`,
  );
}

/** Whether this is a set of claims whose `exp`, if it has one, is neither past nor far away. */
function isClaims(payload: string, now: number): boolean {
  try {
    const claims: unknown = JSON.parse(payload);
    if (!isRecord(claims)) return false;
    const { exp = now } = claims;
    return Number.isInteger(exp) && Number(exp) >= now && Number(exp) <= now + LONGEST_CLAIMS_S;
  } catch {
    return false;
  }
}

/** Python sends booleans as texts. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
