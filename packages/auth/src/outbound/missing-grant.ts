import { type AuthClient, BaseExternalAccountClient, Impersonated, UserRefreshClient } from 'google-auth-library';
import { shellWord } from '../shell-word.ts';
import { readAccount } from './account.ts';
import { accountOf, chainOf } from './chain.ts';
import type { Impersonation } from './generate-id-token.ts';

const OPEN_ID_TOKEN_CREATOR = 'roles/iam.serviceAccountOpenIdTokenCreator';
const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';
const WORKLOAD_IDENTITY_USER = 'roles/iam.workloadIdentityUser';

/** One request to iamcredentials that was denied: who wanted to be whom. */
interface Link extends Impersonation {
  readonly member: string;
}

/**
 * The command that adds what a chain of identities lacks, when iamcredentials denied `url`. Each is granted on the account
 * that the one before it is to be: to a federated principal roles/iam.workloadIdentityUser, to accounts that are delegates
 * roles/iam.serviceAccountTokenCreator, for the ID token at the end roles/iam.serviceAccountOpenIdTokenCreator.
 * https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated
 *
 * @param actsAs whom the ID token was asked for with the access token of `client`
 */
export function mendDenial(url: string, why: string, client: AuthClient, actsAs?: Impersonation): string | undefined {
  const link = linkOf(url, client, actsAs);
  if (link === undefined) return undefined;
  const { member, delegates, serviceAccount } = link;
  const members = [member, ...delegates.map((delegate) => `serviceAccount:${delegate}`)];
  // Google names the permission, and not which delegate lacks it.
  if (why.includes('iam.serviceAccounts.implicitDelegation')) {
    const grants = delegates.map((delegate, at) => grant(delegate, `${members[at]}`, TOKEN_CREATOR));
    return grants.length === 1 ? `Run ${grants[0]}.` : `Of these, run what is missing: ${grants.join(', ')}.`;
  }
  const last = `${members.at(-1)}`;
  const role = url.includes(':generateIdToken') ? OPEN_ID_TOKEN_CREATOR : TOKEN_CREATOR;
  return `Run ${grant(serviceAccount, last, last.startsWith('principal:') ? WORKLOAD_IDENTITY_USER : role)}.`;
}

function linkOf(url: string, client: AuthClient, actsAs: Impersonation | undefined): Link | undefined {
  if (url.includes(':generateIdToken') && actsAs !== undefined) return { member: memberOf(client), ...actsAs };
  const account = readAccount(/serviceAccounts\/([^/:]+):/.exec(url)?.[1]);
  const denied = chainOf(client).find((one) => accountOf(one) === account);
  if (account === undefined || denied === undefined) return undefined;
  if (!(denied instanceof Impersonated))
    return { member: memberOf(denied, false), serviceAccount: account, delegates: [] };
  // biome-ignore lint/complexity/useLiteralKeys: they are private, and have no other names
  const [source, through] = [denied['sourceClient'], denied['delegates']];
  const delegates = through.map((delegate: unknown) => readAccount(delegate) ?? 'DELEGATE');
  return { member: memberOf(source), serviceAccount: account, delegates };
}

/** Whom the access tokens of a client stand for, as policies name them; in capitals what it does not tell. */
function memberOf(client: AuthClient, impersonates = true): string {
  const account = impersonates ? accountOf(client) : undefined;
  if (account !== undefined) return `serviceAccount:${account}`;
  if (client instanceof UserRefreshClient) return 'user:E-MAIL';
  if (!(client instanceof BaseExternalAccountClient)) return 'MEMBER';
  // biome-ignore lint/complexity/useLiteralKeys: it is protected, and has no other name
  const pool = /^\/\/iam\.googleapis\.com\/([\w/.-]+)\/providers\//.exec(client['audience'])?.[1] ?? 'POOL';
  return `principal://iam.googleapis.com/${pool}/subject/SUBJECT`;
}

function grant(account: string, member: string, role: string): string {
  const [on, to] = [shellWord(account), shellWord(`--member=${member}`)];
  return `\`gcloud iam service-accounts add-iam-policy-binding ${on} ${to} --role=${role}\``;
}
