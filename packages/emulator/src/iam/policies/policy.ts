import type { Condition } from '../conditions/conditions.ts';

/** One row of an IAM policy. @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/Policy#Binding */
export interface Binding {
  readonly role: string;
  /**
   * `allUsers`, `allAuthenticatedUsers`, `user:EMAIL`, `serviceAccount:EMAIL`, `group:EMAIL`, `domain:NAME`,
   * `principal://...`, `principalSet://...`, `deleted:...`.
   */
  readonly members: readonly string[];
  readonly condition?: Condition;
}

/** @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/Policy */
export interface Policy {
  /** 3 where a binding has a condition. */
  readonly version: 1 | 3;
  /** Base64. */
  readonly etag: string;
  readonly bindings: readonly Binding[];
}
