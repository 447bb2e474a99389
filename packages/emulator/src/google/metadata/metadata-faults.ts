/** What may go wrong at a metadata server, on request. */
export interface MetadataFaults {
  /** Milliseconds that the metadata server waits before it answers. */
  readonly metadataDelay: number;
  /** The metadata server cuts every connection. */
  readonly metadataDown: boolean;
  /** The metadata server answers this status instead, 429, 500 or 503 for example; 0 is off. */
  readonly metadataStatus: number;
  /** The metadata server hands out a page where a token is asked for. */
  readonly rubbishTokens: boolean;
  /** Seconds by which the clock that issues tokens is ahead of the gate's; negative is behind. */
  readonly clockSkew: number;
  /** The metadata server hands out ID tokens that have expired. */
  readonly expiredTokens: boolean;
  /** The metadata server hands out ID tokens for another audience than was asked for. */
  readonly wrongAudience: boolean;
}
