/** Where a deployment stands. */
export interface Place {
  /** Project id. */
  readonly project: string;
  /** Project number: it is part of every service's URL. */
  readonly number: string;
  readonly region: string;
}
