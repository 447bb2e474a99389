/** Who calls: what a token says, once it has been accepted. Frozen; shared by all requests with the same token. */
export interface Caller {
  /** The e-mail address of the calling service account (or person). */
  readonly email: string;
  /** Google's unique id of the account (`sub`); unlike the address it is never used again. */
  readonly subject: string;
  /** The audience that the token was issued for. */
  readonly audience: string;
  /** `https://accounts.google.com`. */
  readonly issuer: string;
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /**
   * `true`: this process verified the signature. `false`: Cloud Run's front end vouches for the token, whose signature it
   * has removed; worth as much as the fact that nobody reaches this process but through the front end.
   */
  readonly verified: boolean;
  /** All claims of the token, as issued. */
  readonly claims: Readonly<Record<string, unknown>>;
}
