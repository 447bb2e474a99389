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
    const { identity } = source;
    if (typeof identity !== 'string' || identity === '' || typeof source.fetchIdToken !== 'function') return undefined;
    return { identity, fetchIdToken: (audience) => source.fetchIdToken(audience) };
  },
};
