import type { Rule } from '../options.ts';

/**
 * Where ID tokens come from. The factories of this package go through google-auth-library; an own one is any object of
 * this shape.
 */
export interface TokenSource {
  /**
   * Names the identity: clients share tokens when identity and audience are equal. Never secret; seen in metrics.
   */
  readonly identity: string;
  /**
   * Fetches a new ID token. Called once at a time for each audience, however many requests wait; once more each second that
   * it is silent, until it has answered or nobody waits any longer.
   */
  fetchIdToken(audience: string): Promise<string>;
}

/** Read once: what names an identity must not change later. The method may stand in a class. */
export const SOURCE: Rule<TokenSource> = {
  must: 'an object with a text, identity, and a function, fetchIdToken',
  required: false,
  read: (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const source = value as TokenSource;
    if (fetchers.has(source)) return source;
    const { identity } = source;
    if (typeof identity !== 'string' || identity === '' || typeof source.fetchIdToken !== 'function') return undefined;
    return { identity, fetchIdToken: (audience) => source.fetchIdToken(audience) };
  },
};

/** What a source that itself hands out what is in the cache fetches new tokens with. */
const fetchers = new WeakMap<TokenSource, TokenSource>();

/** Whom to ask for a new token. */
export function fetcherOf(source: TokenSource): TokenSource {
  return fetchers.get(source) ?? source;
}

/** Makes `fetcher` what stands behind `source`, and returns that. */
export function before(source: TokenSource, fetcher: TokenSource): TokenSource {
  fetchers.set(source, fetcher);
  return source;
}
