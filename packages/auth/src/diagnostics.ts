import { type Channel, channel } from 'node:diagnostics_channel';
import type { CallerErrorCode, RunAuthErrorCode } from './codes.ts';
import type { RefusedToken } from './errors.ts';

/**
 * What is published on `node:diagnostics_channel`, by channel name. No message holds a token.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import { CHANNELS, type AuthEvents } from '@run-edges/auth';
 *
 * const fetches: AuthEvents['run-edges:auth:token-fetched'][] = [];
 * subscribe(CHANNELS.tokenFetched, (event) => fetches.push(event as AuthEvents['run-edges:auth:token-fetched']));
 * ```
 */
export interface AuthEvents {
  /** A token came from its source. Times in milliseconds; `expiresAt` since the epoch. */
  'run-edges:auth:token-fetched': {
    readonly identity: string;
    readonly audience: string;
    /** Whether a request waited for it (`cold`) or it was fetched ahead of expiry (`refresh`). */
    readonly reason: 'cold' | 'refresh';
    readonly durationMs: number;
    readonly expiresAt: number;
    /** How long the token had lived when it came: more than 0 when the metadata server had it cached. */
    readonly ageMs: number;
  };
  /** A token could not be fetched; `servingStale` when a valid one is still at hand, so that no request notices. */
  'run-edges:auth:token-failed': {
    readonly identity: string;
    readonly audience: string;
    readonly reason: 'cold' | 'refresh';
    readonly durationMs: number;
    readonly code: RunAuthErrorCode;
    readonly servingStale: boolean;
    /** When the next attempt may be made, in milliseconds since the epoch. */
    readonly retryAt: number;
  };
  /** A request had to wait for a token, `durationMs` long. */
  'run-edges:auth:token-waited': { readonly identity: string; readonly audience: string; readonly durationMs: number };
  /** A token was verified in full, not taken from the cache of verified tokens. */
  'run-edges:auth:caller-verified': {
    readonly email: string;
    readonly audience: string;
    readonly verified: boolean;
    readonly expiresAt: number;
  };
  /** An inbound request was refused. */
  'run-edges:auth:caller-refused': { readonly code: CallerErrorCode; readonly token: RefusedToken };
  /** The issuer's keys were fetched. */
  'run-edges:auth:keys-fetched': {
    readonly uri: string;
    readonly keyIds: readonly string[];
    readonly durationMs: number;
    readonly freshUntil: number;
  };
  /** The issuer's keys could not be fetched; `servingStale` when older ones are still at hand. */
  'run-edges:auth:keys-failed': {
    readonly uri: string;
    readonly durationMs: number;
    readonly servingStale: boolean;
    readonly error: unknown;
  };
}

/** The channel names, for `subscribe`. */
export const CHANNELS = {
  tokenFetched: 'run-edges:auth:token-fetched',
  tokenFailed: 'run-edges:auth:token-failed',
  tokenWaited: 'run-edges:auth:token-waited',
  callerVerified: 'run-edges:auth:caller-verified',
  callerRefused: 'run-edges:auth:caller-refused',
  keysFetched: 'run-edges:auth:keys-fetched',
  keysFailed: 'run-edges:auth:keys-failed',
} as const;

const channels = new Map<string, Channel>(Object.values(CHANNELS).map((name) => [name, channel(name)]));

/** Publishes; costs one look when nobody listens. */
export function publish<Name extends keyof AuthEvents>(name: Name, event: AuthEvents[Name]): void {
  const target = channels.get(name);
  if (target?.hasSubscribers) target.publish(event);
}
