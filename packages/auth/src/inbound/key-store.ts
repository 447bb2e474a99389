import { KeyObject } from 'node:crypto';
import { createRemoteJWKSet, customFetch, type JSONWebKeySet } from 'jose';
import { publish } from '../diagnostics.ts';
import { CallerError } from '../errors.ts';

/** Between two fetches of the keys, whatever tokens say. */
const COOL_DOWN_MS = 30_000;
const FETCH_TIMEOUT_MS = 5_000;
/** How long keys are fresh: as Cache-Control says, within these bounds. Google says several hours. */
const MIN_FRESH_MS = 60_000;
const MAX_FRESH_MS = 24 * 3_600_000;
const DEFAULT_FRESH_MS = 600_000;

/**
 * The issuer's keys. jose fetches, checks and imports them; when to fetch is decided here: as Cache-Control says, in the
 * background, at most once per cool-down whatever key ids arrive, and with the old keys in use while the endpoint is down.
 */
export class KeyStore {
  readonly #uri: string;
  readonly #jwks: ReturnType<typeof createRemoteJWKSet>;
  readonly #onWithdrawn: (isCurrent: (keyId: string) => boolean) => void;
  #keys = new Map<string, KeyObject>();
  #loaded = false;
  #pending: Promise<void> | undefined;
  #maxAge = DEFAULT_FRESH_MS;
  /** From when on the keys are to be fetched again, and may be fetched at all. Milliseconds since the epoch. */
  #refreshAt = 0;
  #notBefore = 0;

  constructor(uri: URL, onWithdrawn: (isCurrent: (keyId: string) => boolean) => void) {
    this.#uri = uri.href;
    this.#onWithdrawn = onWithdrawn;
    this.#jwks = createRemoteJWKSet(uri, {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: FETCH_TIMEOUT_MS,
      [customFetch]: async (url, options) => {
        const response = await fetch(url, options);
        this.#maxAge = freshness(response.headers.get('cache-control'));
        return response;
      },
    });
  }

  /** The key with this id, when it is at hand. */
  peek(keyId: string): KeyObject | undefined {
    return this.#keys.get(keyId);
  }

  /** The key with this id, fetched if need be: rejects with RUN_AUTH_KEY_UNKNOWN or RUN_AUTH_KEYS_UNAVAILABLE. */
  async get(keyId: string): Promise<KeyObject> {
    await this.load();
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new CallerError('RUN_AUTH_KEY_UNKNOWN');
    return key;
  }

  /** Starts fetching keys that are no longer fresh; nobody waits. Cheap: called for every request. */
  refreshIfDue(now: number): void {
    if (this.#loaded && now >= this.#refreshAt && now >= this.#notBefore && this.#pending === undefined)
      this.load().catch(() => {});
  }

  /** Fetches the keys, once however many ask; within the cool-down only what is at hand counts. */
  load(): Promise<void> {
    if (this.#pending !== undefined) return this.#pending;
    if (Date.now() < this.#notBefore)
      return this.#loaded ? Promise.resolve() : Promise.reject(new CallerError('RUN_AUTH_KEYS_UNAVAILABLE'));
    this.#pending = this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(): Promise<void> {
    const started = Date.now();
    this.#notBefore = started + COOL_DOWN_MS;
    try {
      await this.#jwks.reload();
      await this.#replace();
    } catch (error) {
      publish('run-edges:auth:keys-failed', {
        uri: this.#uri,
        durationMs: Date.now() - started,
        servingStale: this.#loaded,
        error,
      });
      if (!this.#loaded) {
        // Nothing can be verified: try again soon, yet not once per request.
        this.#notBefore = started + 1_000;
        throw new CallerError(
          'RUN_AUTH_KEYS_UNAVAILABLE',
          `They were asked for at ${this.#uri}.`,
          {},
          { cause: error },
        );
      }
      return;
    }
    this.#loaded = true;
    this.#refreshAt = Date.now() + this.#maxAge;
    publish('run-edges:auth:keys-fetched', {
      uri: this.#uri,
      keyIds: [...this.#keys.keys()],
      durationMs: Date.now() - started,
      freshUntil: this.#refreshAt,
    });
  }

  async #replace(): Promise<void> {
    const keys = new Map<string, KeyObject>();
    // After a reload there is a set.
    const { keys: published } = this.#jwks.jwks() as JSONWebKeySet;
    for (const { kid } of published) {
      const imported = await this.#jwks({ alg: 'RS256', kid: String(kid) }).catch(() => undefined);
      const key = imported && KeyObject.from(imported);
      if (isLongEnough(key)) keys.set(String(kid), key);
    }
    if (keys.size === 0) throw new Error('The key set holds no RS256 key with a key id.');
    this.#keys = keys;
    this.#onWithdrawn((keyId) => keys.has(keyId));
  }
}

/** RFC 7518 section 3.3: RS256 wants 2048 bits or more. */
function isLongEnough(key: KeyObject | undefined): key is KeyObject {
  return (key?.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
}

/** The `max-age` of a Cache-Control header (RFC 9111 section 5.2.2.1), in milliseconds. */
function freshness(cacheControl: string | null): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,10})/i.exec(cacheControl ?? '')?.[1];
  if (seconds === undefined) return DEFAULT_FRESH_MS;
  return Math.min(Math.max(Number(seconds) * 1000, MIN_FRESH_MS), MAX_FRESH_MS);
}
