import type { OwnIssuer } from '../../iam/pools/own-issuer.ts';
import { type Accounts, isActive } from '../../identity/accounts/accounts.ts';
import type { ForeignAccounts } from '../../identity/accounts/foreign-accounts.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { mintIdToken } from '../../identity/tokens/tokens.ts';
import { makeUserCredentials } from '../../identity/tokens/user-credentials.ts';
import { isRecord } from '../../internal/check-settings.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { KnownCallers, ListedCaller, TokenWay } from './known-callers.ts';

export interface CallerTokensOptions {
  readonly known: KnownCallers;
  readonly keys: KeyRing;
  readonly accounts: Accounts;
  readonly elsewhere: ForeignAccounts;
  readonly ownIssuer: OwnIssuer;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Where Google's endpoints are. */
  readonly apiUrl: () => string;
}

export interface CallerTokens {
  /**
   * An ID token of a known caller, got as it would get it: by requests to Google's endpoints where it asks them. The
   * audience of a person's is gcloud, whatever was asked for.
   * @throws GoogleError NOT_FOUND for an unknown one, PERMISSION_DENIED where it is given none
   */
  idToken(name: string, audience: string): Promise<string>;
  /** Those who are known. */
  names(): readonly string[];
}

const TIMEOUT_MS = 10_000;
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

export function createCallerTokens(options: CallerTokensOptions): CallerTokens {
  const { known, keys, accounts, elsewhere, ownIssuer, now, apiUrl } = options;
  const ways: Readonly<Record<TokenWay, (caller: ListedCaller, audience: string) => Promise<string>>> = {
    'metadata-server': signedFor,
    account: signedFor,
    user: asUser,
    federation: federated,
  };

  const names = () => known.list().map(({ name }) => name);

  return {
    names,
    async idToken(name, audience) {
      const caller = known.list().find((one) => one.name === name);
      if (caller !== undefined) return ways[caller.how](caller, audience);
      throw new GoogleError(
        'NOT_FOUND',
        `There is no caller ${JSON.stringify(name)} here. Known: ${names().join(', ')}.`,
      );
    },
  };

  async function signedFor({ name, email }: ListedCaller, audience: string): Promise<string> {
    const account = accounts.byEmail(email) ?? elsewhere.byEmail(email);
    if (account !== undefined && isActive(account))
      return mintIdToken(keys, { account, audience, email: true, issuedAt: now() });
    throw new GoogleError(
      'PERMISSION_DENIED',
      `${name} gets no ID token: its account ${email} is not there, or disabled.`,
    );
  }

  async function asUser({ name, email }: ListedCaller): Promise<string> {
    const credentials = await makeUserCredentials(keys, email, now());
    const fields = new URLSearchParams({ ...credentials, grant_type: 'refresh_token' });
    return textIn(await ask(name, '/token', { body: fields }), 'id_token');
  }

  async function federated({ name, email, for: member = '' }: ListedCaller, audience: string): Promise<string> {
    const subject = await ownIssuer.subjectToken(member);
    const exchanged = await ask(name, '/v1/token', {
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        audience: subject?.audience ?? '',
        subject_token: subject?.token ?? '',
        scope: SCOPE,
      }),
    });
    const given = await ask(name, `/v1/projects/-/serviceAccounts/${email}:generateIdToken`, {
      headers: {
        authorization: `Bearer ${textIn(exchanged, 'access_token')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ audience, includeEmail: true }),
    });
    return textIn(given, 'token');
  }

  async function ask(name: string, path: string, request: RequestInit): Promise<unknown> {
    const url = new URL(path, apiUrl());
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', redirect: 'error', signal, ...request });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return body;
    throw new GoogleError(
      'PERMISSION_DENIED',
      `${name} gets no ID token: ${url.pathname} answers ${response.status}${saidIn(body)}`,
    );
  }
}

/** What Google's APIs, and its OAuth endpoints, say of an error. */
function saidIn(body: unknown): string {
  if (!isRecord(body)) return '';
  const { error, error_description: described } = body;
  const said = isRecord(error) ? error.message : (described ?? error);
  return typeof said === 'string' ? `: ${said}` : '';
}

function textIn(body: unknown, name: string): string {
  const value = isRecord(body) ? body[name] : undefined;
  if (typeof value !== 'string') throw new Error(`the answer has no ${name}`);
  return value;
}
