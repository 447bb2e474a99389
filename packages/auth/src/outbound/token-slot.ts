import { Allowance } from '../allowance.ts';
import { publish } from '../diagnostics.ts';
import { ConfigError, TokenError } from '../errors.ts';
import { safeCause } from '../safe-cause.ts';
import { firstOf } from './attempts.ts';
import { Deadline } from './deadline.ts';
import { type IdToken, readIdToken } from './id-token.ts';
import type { TokenSource } from './source.ts';

/** A token nears its end this long before it does: Google's metadata server renews its own about five minutes ahead. */
const REFRESH_LEAD_MS = 300_000;
/** Refreshes of many instances spread over this much of the lead. */
const REFRESH_SPREAD_MS = 60_000;
/** No token is sent in its last seconds: it must live until the receiver has read it. */
const LAST_SECONDS_MS = 10_000;
/** After a failure, the next attempt waits this long; doubled each time, up to the maximum. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 30_000;
/** With no token at hand, an error is repeated from memory for at most this long. */
const BACKOFF_COLD_MAX_MS = 1_000;
/** A refresh, for which nobody waits, gives up after this long: a connection that hangs would else keep the next from starting. */
const REFRESH_TIMEOUT_MS = 10_000;
/** A source that has been silent for so long is asked once more: a connection may hang though its end is well again. */
const RETRY_SILENCE_MS = 1_000;
/** So many tokens may be dropped at once because the receiver's front end refuses them; then one each interval. */
const DROPS = 2;
const DROP_INTERVAL_MS = 1_000;

/**
 * The token for one identity and audience. Any number of callers share one fetch; a valid token is handed out at once,
 * also while its successor is being fetched or cannot be had. How long it is valid is measured from its arrival: a clock
 * that is set neither makes it last longer nor keeps the next one from coming.
 */
export class TokenSlot {
  readonly #source: TokenSource;
  readonly #audience: string;
  #token: IdToken | undefined;
  /** Until when the token is handed out, and from when on its successor is fetched. */
  #end = new Deadline(0);
  #refreshAt = new Deadline(0);
  #pending: Promise<IdToken> | undefined;
  #failures = 0;
  /** Until when the last error answers for a new attempt, when no token is at hand. */
  #coldAt = new Deadline(0);
  #lastError: TokenError | ConfigError | undefined;
  readonly #drops = new Allowance(DROPS, DROP_INTERVAL_MS);

  constructor(source: TokenSource, audience: string) {
    this.#source = source;
    this.#audience = audience;
  }

  /** The token, when a valid one is at hand: the hot path, without a promise. Starts a refresh when one is due. */
  peek(): IdToken | undefined {
    if (this.#token === undefined) return undefined;
    const mono = performance.now();
    const wall = Date.now();
    if (this.#end.hasCome(mono, wall)) return undefined;
    if (this.#pending === undefined && this.#refreshAt.hasCome(mono, wall)) this.#refresh(this.#end.left(mono, wall));
    return this.#token;
  }

  /** The token, fetched if need be within `timeoutMs`. Rejects with a {@link TokenError}, or the {@link ConfigError} of its source. */
  async get(timeoutMs: number): Promise<IdToken> {
    const token = this.peek();
    if (token !== undefined) return token;
    const started = performance.now();
    const isRemembered = this.#pending === undefined && !this.#coldAt.hasCome(started, Date.now());
    if (this.#lastError !== undefined && isRemembered) throw this.#lastError;
    try {
      // A refresh that is under way may take longer than this caller wants to wait.
      return await within(timeoutMs, this.#fetchOnce('cold', timeoutMs), this.#audience);
    } finally {
      publish('run-edges:auth:token-waited', {
        identity: this.#source.identity,
        audience: this.#audience,
        durationMs: performance.now() - started,
      });
    }
  }

  /**
   * Takes note that the receiver's front end refused a token (keys withdrawn, clocks corrected): that very one is handed
   * out no more, so that the next call fetches another; not more often than the source can bear, when the front end refuses
   * every one. Returns whether another one can be had.
   */
  refuse(token: Pick<IdToken, 'bearer'>): boolean {
    if (this.#token?.bearer !== token.bearer) return true;
    if (!this.#drops.take()) return false;
    this.forget(token);
    return true;
  }

  /** Hands a token out no more. */
  forget({ bearer }: Pick<IdToken, 'bearer'>): void {
    if (this.#token?.bearer === bearer) this.#token = undefined;
  }

  #atHand(): IdToken | undefined {
    return this.#end.hasCome(performance.now(), Date.now()) ? undefined : this.#token;
  }

  #refresh(timeLeft: number): void {
    // Nobody waits for it; its failure is told on the channel. It ends no later than the token at hand.
    this.#fetchOnce('refresh', Math.min(timeLeft, REFRESH_TIMEOUT_MS)).catch(() => {});
  }

  #fetchOnce(reason: 'cold' | 'refresh', timeoutMs: number): Promise<IdToken> {
    this.#pending ??= this.#fetch(reason, timeoutMs).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(reason: 'cold' | 'refresh', timeoutMs: number): Promise<IdToken> {
    const started = performance.now();
    try {
      const text = await firstOf(() => this.#source.fetchIdToken(this.#audience), {
        everyMs: RETRY_SILENCE_MS,
        withinMs: timeoutMs,
        late: () => timeout(this.#audience, timeoutMs),
      });
      const token = readIdToken(text, this.#audience);
      this.#keep(token, reason, performance.now() - started);
      return token;
    } catch (cause) {
      throw this.#fail(known(cause, this.#audience), reason, performance.now() - started);
    }
  }

  #keep(token: IdToken, reason: 'cold' | 'refresh', durationMs: number): void {
    const life = token.lifeMs;
    // A cached copy that ends no later than the one at hand brings nothing; look again when half of what remains is over.
    const atHand = this.#atHand();
    const stale = atHand !== undefined && token.expiresAt <= atHand.expiresAt;
    const lead = Math.min(REFRESH_LEAD_MS - Math.random() * REFRESH_SPREAD_MS, life / 2);
    this.#refreshAt = new Deadline(stale ? Math.max(life / 2, 1_000) : life - lead);
    if (!stale) {
      this.#token = token;
      this.#end = new Deadline(life - Math.min(LAST_SECONDS_MS, life / 10));
    }
    this.#failures = 0;
    this.#lastError = undefined;
    publish('run-edges:auth:token-fetched', {
      identity: this.#source.identity,
      audience: this.#audience,
      reason,
      durationMs,
      expiresAt: token.expiresAt,
      ageMs: Math.max(0, Date.now() - token.issuedAt),
    });
  }

  #fail<E extends TokenError | ConfigError>(error: E, reason: 'cold' | 'refresh', durationMs: number): E {
    const servingStale = this.#atHand() !== undefined;
    const backoff = Math.min(BACKOFF_FIRST_MS * 2 ** this.#failures, BACKOFF_MAX_MS) * (0.5 + Math.random() / 2);
    const coldBackoff = Math.min(backoff, BACKOFF_COLD_MAX_MS);
    this.#failures += 1;
    this.#lastError = error;
    this.#refreshAt = new Deadline(backoff);
    this.#coldAt = new Deadline(coldBackoff);
    publish('run-edges:auth:token-failed', {
      identity: this.#source.identity,
      audience: this.#audience,
      reason,
      durationMs,
      code: error.code,
      servingStale,
      retryAt: Date.now() + (servingStale ? backoff : coldBackoff),
    });
    return error;
  }
}

function known(cause: unknown, audience: string): TokenError | ConfigError {
  if (cause instanceof TokenError || cause instanceof ConfigError) return cause;
  const safe = safeCause(cause);
  const what = `No ID token for ${audience}: ${safe.message}.`;
  return new TokenError('RUN_AUTH_TOKEN_FETCH_FAILED', audience, what, { cause: safe });
}

function timeout(audience: string, timeoutMs: number): TokenError {
  return new TokenError('RUN_AUTH_TOKEN_TIMEOUT', audience, `No ID token for ${audience} within ${timeoutMs} ms.`);
}

function within<T>(timeoutMs: number, promise: Promise<T>, audience: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(timeout(audience, timeoutMs)), timeoutMs);
    timer.unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
