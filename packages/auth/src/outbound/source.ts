/**
 * Where ID tokens come from. The factories of this package go through google-auth-library; an own one is any object of
 * this shape.
 */
export interface TokenSource {
  /**
   * Names the identity: clients share tokens when identity and audience are equal. Never secret; seen in metrics.
   */
  readonly identity: string;
  /** Fetches a new ID token. Called once at a time for each audience, however many requests wait. */
  fetchIdToken(audience: string): Promise<string>;
}
