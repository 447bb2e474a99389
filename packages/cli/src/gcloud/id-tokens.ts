import { readText } from '../read-text.ts';
import { explainFailure } from './explain-failure.ts';
import type { Gcloud } from './gcloud.ts';
import { printed } from './gcloud-answers.ts';
import { type FailureKind, GcloudError } from './gcloud-error.ts';
import { inTurns } from './in-turns.ts';
import { patiently } from './patiently.ts';

/** Asks for an ID token of a service account, with its e-mail in it. @throws GcloudError */
export type MintIdToken = (email: string, audience: string) => Promise<string>;

export interface MintingOptions {
  /** Seconds between the tries of what passes by itself. */
  readonly pauses?: readonly number[];
  readonly timeoutMs?: number;
}

const AT_ONCE = 16;
const TIMEOUT_MS = 20_000;

/** UTF-16 units. A token has about a thousand. */
const LONGEST_ANSWER = 64 * 1024;

const passing: ReadonlySet<FailureKind> = new Set(['network', 'quota', 'account-not-seen']);

/**
 * ID tokens of service accounts by impersonation: gcloud says once who the developer is, and where the API is; each
 * token is one request. A process of gcloud for each would take a second of a processor.
 * @see https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
 */
export async function idTokenMint(
  gcloud: Gcloud,
  { pauses = [1, 2, 4, 8], timeoutMs = TIMEOUT_MS }: MintingOptions = {},
): Promise<MintIdToken> {
  const api = await credentialsApi(gcloud);
  const inTurn = inTurns(AT_ONCE);
  let accessToken: Promise<string> | undefined;
  const mint = async (email: string, audience: string) => {
    accessToken ??= developerToken(gcloud);
    const used = accessToken;
    try {
      return await askForToken(api, { accessToken: await used, email, audience, timeoutMs });
    } catch (error) {
      // It has expired since, or gcloud has not given it.
      if (accessToken === used) accessToken = undefined;
      throw error;
    }
  };
  return (email, audience) =>
    inTurn(() => patiently(() => mint(email, audience), { passes: ({ kind }) => passing.has(kind), pauses }));
}

/** As gcloud finds it: its own setting, or that of its universe. */
async function credentialsApi(gcloud: Gcloud): Promise<URL> {
  const { api_endpoint_overrides: overrides, core } = await gcloud.json(['config', 'list'], printed.configuration);
  const address = overrides?.iamcredentials ?? `https://iamcredentials.${core?.universe_domain ?? 'googleapis.com'}/`;
  const url = URL.parse(address);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new GcloudError(
    {
      kind: 'unknown',
      message: 'gcloud is told of an address of the IAM Credentials API that is no URL.',
      mend: 'Run: gcloud config unset api_endpoint_overrides/iamcredentials',
    },
    '',
  );
}

/** An access token of whoever is signed in, or of whom they impersonate by gcloud's own setting. */
async function developerToken(gcloud: Gcloud): Promise<string> {
  const token = (await gcloud.run(['auth', 'print-access-token'])).trim();
  if (/^[!-~]{1,16384}$/.test(token)) return token;
  throw new GcloudError(
    { kind: 'unknown', message: 'gcloud gave no access token.', mend: 'Run gcloud components update.' },
    '',
  );
}

interface Asked {
  readonly accessToken: string;
  readonly email: string;
  readonly audience: string;
  readonly timeoutMs: number;
}

async function askForToken(api: URL, { accessToken, email, audience, timeoutMs }: Asked): Promise<string> {
  const url = new URL(`v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:generateIdToken`, api);
  const failed = (said: string) => new GcloudError(explainFailure(said, commandFor(email, audience), null), said);
  const { response, text } = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ audience, includeEmail: true }),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
    .then(async (answered) => ({ response: answered, text: await readText(answered, LONGEST_ANSWER) }))
    .catch((error: Error) => {
      const late = error.name === 'TimeoutError';
      const why = late ? 'it timed out' : ((error.cause as Error | undefined)?.message ?? error.message);
      throw failed(`ERROR: Failed to establish a new connection to ${url.host}: ${why}`);
    });
  if (!response.ok) throw failed(`ERROR: ${said(text) ?? `${url.host} answered ${response.status}`}`);
  const token = parsed(text)?.token;
  if (typeof token === 'string') return token;
  throw failed(`ERROR: ${url.host} gave no token`);
}

/** What does the same by hand. */
function commandFor(email: string, audience: string): string[] {
  return ['auth', 'print-identity-token', `--impersonate-service-account=${email}`, `--audiences=${audience}`];
}

/** The error of an answer, as Google's APIs write it: `{error: {code, message, status}}`. */
function said(text: string): string | undefined {
  const { message, status } = (parsed(text)?.error ?? {}) as { message?: unknown; status?: unknown };
  return typeof message === 'string' && typeof status === 'string' ? `${status}: ${message}` : undefined;
}

function parsed(text: string): { readonly token?: unknown; readonly error?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
