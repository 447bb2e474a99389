import type { ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import { mintAccessToken } from '../../identity/tokens/access-tokens.ts';
import { mintIdToken, TOKEN_LIFETIME_S } from '../../identity/tokens/tokens.ts';
import type { Elapsed } from '../../internal/elapsed.ts';
import type { ResolvedGoogleSettings } from '../google-settings.ts';
import type { MetadataFaults } from './metadata-faults.ts';
import type { Made, Maker } from './tree.ts';

export const CLOUD_PLATFORM_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Google's server hands out the same token until this many seconds of it are left. */
const TURN_OVER_S = 300;

/** Distinct audiences or scopes kept per identity; the oldest goes first. */
const MAX_CACHED = 1000;

interface Endpoint {
  readonly keys: KeyRing;
  readonly account: ServiceAccount;
  readonly faults: { readonly current: MetadataFaults };
  readonly settings: ResolvedGoogleSettings;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly elapsed: Elapsed;
}

/**
 * `GET .../identity?audience=A&format=full`: an ID token of this identity for that audience. Cloud Run keeps the
 * e-mail in both formats.
 * @see https://docs.cloud.google.com/run/docs/securing/service-identity#fetch_an_identity_token
 */
export function identityEndpoint({ keys, account, faults, settings, now, elapsed }: Endpoint): Maker {
  const cached = settings.cacheIdTokens ? tokenCache(now, elapsed) : noCache(now);
  return async (query) => {
    const asked = query.get('audience') ?? '';
    if (asked === '') return { status: 400, type: 'text/html', body: 'non-empty audience parameter required\n' };
    const { clockSkew, expiredTokens, rubbishTokens, wrongAudience } = faults.current;
    if (rubbishTokens) return { status: 200, type: 'text/html', body: '<!doctype html><title>Sign in</title>\n' };
    const audience = wrongAudience ? 'https://another-audience.example' : asked;
    const shift = clockSkew - (expiredTokens ? 2 * TOKEN_LIFETIME_S : 0);
    const { token } = await cached(`${keys.current().kid} ${shift} ${audience}`, (issuedAt) =>
      mintIdToken(keys, { account, audience, email: true, issuedAt: issuedAt + shift }),
    );
    return { status: 200, type: settings.identityType, body: token };
  };
}

/** The same while the account may be asked for tokens: there is none for one that is disabled or deleted. */
export function whileActive(made: Maker, active: () => boolean): Maker {
  const none: Made = { status: 403, type: 'text/html', body: 'The service account is disabled or deleted.\n' };
  return async (query) => (active() ? made(query) : none);
}

/** `GET .../token?scopes=A,B`: an OAuth access token of this identity. */
export function tokenEndpoint({ keys, account, now, elapsed }: Endpoint): Maker {
  const cached = tokenCache(now, elapsed);
  const principal = { member: `serviceAccount:${account.email}`, sets: [] };
  return async (query): Promise<Made> => {
    const scopes = (query.get('scopes') ?? CLOUD_PLATFORM_SCOPE).split(/[,\s]+/).filter((scope) => scope !== '');
    const { token, expiresAt } = await cached(`${keys.current().kid} ${scopes.join(' ')}`, (issuedAt) =>
      mintAccessToken(keys, { principal, uniqueId: account.uniqueId, scopes, issuedAt }),
    );
    const body = JSON.stringify({ access_token: token, expires_in: expiresAt - now() - 1, token_type: 'Bearer' });
    return { status: 200, type: 'application/json', body };
  };
}

interface MadeToken {
  readonly token: string;
  readonly expiresAt: number;
}

interface CachedToken extends MadeToken {
  readonly issuedAt: number;
  /** By {@link Elapsed}. */
  readonly at: number;
}

type Mint = (issuedAt: number) => Promise<string>;
type TokenCache = (key: string, mint: Mint) => Promise<MadeToken>;

function noCache(now: () => number): TokenCache {
  return async (_key, mint) => ({ token: await mint(now()), expiresAt: now() + TOKEN_LIFETIME_S });
}

function tokenCache(now: () => number, elapsed: Elapsed): TokenCache {
  const kept = new Map<string, CachedToken>();
  // Where the clock was set back, a token from before is not good yet; set forward, it is near its end.
  const isGood = ({ issuedAt, expiresAt, at }: CachedToken) =>
    issuedAt <= now() && expiresAt - now() > TURN_OVER_S && elapsed() - at < (TOKEN_LIFETIME_S - TURN_OVER_S) * 1000;
  return async (key, mint) => {
    const known = kept.get(key);
    if (known !== undefined && isGood(known)) return known;
    const issuedAt = now();
    const at = elapsed();
    const made = { token: await mint(issuedAt), expiresAt: issuedAt + TOKEN_LIFETIME_S, issuedAt, at };
    kept.delete(key);
    kept.set(key, made);
    if (kept.size > MAX_CACHED) kept.delete(kept.keys().next().value as string);
    return made;
  };
}
