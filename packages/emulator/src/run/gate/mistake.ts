/** Something wrong with a token, and what mends it. */
export interface Mistake {
  readonly reason: string;
  readonly mend: string;
  /** The status where it is not 401. */
  readonly status?: 403;
}
