/** Who a request comes from, as far as a token has proved it. */
export interface ProvenPrincipal {
  /** `serviceAccount:EMAIL`, `user:EMAIL` or `principal://iam.googleapis.com/...` */
  readonly member: string;
  /** Other members that stand for it: groups of federated identities. */
  readonly sets: readonly string[];
}
