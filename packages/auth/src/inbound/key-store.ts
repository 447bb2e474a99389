import type { KeyObject } from 'node:crypto';
import { Allowance } from '../allowance.ts';
import { publish } from '../diagnostics.ts';
import { CallerError } from '../errors.ts';
import { fetchKeySet, type KeySet, readKeySet } from './key-set.ts';
import type { JwkSet } from './options.ts';

/** Fetches at once, and after those one each interval, whatever tokens say. */
const MOST_FETCHES = 4;
const FETCH_INTERVAL_MS = 1_000;
/** Until stale keys are asked for again, when that failed. */
const RETRY_MS = 30_000;

/**
 * The issuer's keys, and when to fetch them: as Cache-Control says, in the background, and with the old keys in use while
 * the endpoint is down; and when a token names a key that is not at hand, which anybody can make it do. So there is an
 * allowance for all fetches, small enough for the endpoint to bear, and filled so soon that whoever uses it up keeps a new
 * key out for a second, no longer. Key ids are not remembered: a true one may be too new for the endpoint, too.
 * All durations are on monotonic time.
 */
export class KeyStore {
  /** Where the keys are, for messages. */
  readonly #uri: string;
  readonly #read: () => Promise<KeySet>;
  readonly #onWithdrawn: (isCurrent: (keyId: string) => boolean) => void;
  readonly #fetches = new Allowance(MOST_FETCHES, FETCH_INTERVAL_MS);
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #pending: Promise<void> | undefined;
  /** Why the last fetch failed, until one succeeds. */
  #failure: unknown;
  /** From when on the keys are to be fetched again; never before they have been fetched once. */
  #refreshAt = Number.POSITIVE_INFINITY;

  constructor(from: URL | JwkSet, onWithdrawn: (isCurrent: (keyId: string) => boolean) => void) {
    this.#uri = from instanceof URL ? from.href : 'the option jwks';
    this.#read = () => (from instanceof URL ? fetchKeySet(from.href) : readKeySet(from.keys));
    this.#onWithdrawn = onWithdrawn;
  }

  /** The key with this id, when it is at hand. */
  peek(keyId: string): KeyObject | undefined {
    return this.#keys.get(keyId);
  }

  /** The key with this id, fetched if need be: rejects with RUN_AUTH_KEY_UNKNOWN or RUN_AUTH_KEYS_UNAVAILABLE. */
  async get(keyId: string): Promise<KeyObject> {
    const begun = this.#pending;
    await this.load();
    // A fetch that had begun before may have been answered before the key was there.
    if (begun !== undefined && !this.#keys.has(keyId)) await this.load();
    const key = this.#keys.get(keyId);
    if (key !== undefined) return key;
    throw this.#failure === undefined ? new CallerError('RUN_AUTH_KEY_UNKNOWN') : this.#unavailable();
  }

  /** Starts fetching keys that are no longer fresh; nobody waits. Cheap: called for every request. `now` is monotonic. */
  refreshIfDue(now: number): void {
    if (now >= this.#refreshAt && this.#pending === undefined) this.load().catch(() => {});
  }

  /** Fetches the keys, once however many ask; while there is no allowance only what is at hand counts. */
  load(): Promise<void> {
    if (this.#pending !== undefined) return this.#pending;
    if (!this.#fetches.take()) return this.#keys.size > 0 ? Promise.resolve() : Promise.reject(this.#unavailable());
    this.#pending = this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(): Promise<void> {
    const started = performance.now();
    try {
      const { keys, freshFor } = await this.#read();
      this.#keys = keys;
      this.#failure = undefined;
      this.#refreshAt = performance.now() + freshFor;
      this.#onWithdrawn((keyId) => keys.has(keyId));
      publish('run-edges:auth:keys-fetched', {
        uri: this.#uri,
        keyIds: [...keys.keys()],
        durationMs: performance.now() - started,
        freshUntil: Date.now() + freshFor,
      });
    } catch (error) {
      this.#failed(error, performance.now() - started);
      if (this.#keys.size === 0) throw this.#unavailable();
    }
  }

  #failed(error: unknown, durationMs: number): void {
    const servingStale = this.#keys.size > 0;
    this.#failure = error;
    this.#fetches.exhaust();
    if (servingStale) this.#refreshAt = performance.now() + RETRY_MS;
    publish('run-edges:auth:keys-failed', { uri: this.#uri, durationMs, servingStale, error });
  }

  #unavailable(): CallerError {
    return new CallerError(
      'RUN_AUTH_KEYS_UNAVAILABLE',
      `They were asked for at ${this.#uri}.`,
      {},
      { cause: this.#failure },
    );
  }
}
