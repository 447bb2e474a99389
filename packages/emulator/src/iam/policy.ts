import { type Condition, holdsIn, type RequestContext } from './conditions.ts';
import type { Permission } from './permissions.ts';
import type { Roles } from './roles.ts';

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

/**
 * The first of these members to whom a binding gives the permission in this context, or undefined where none does.
 * `members` are all the ways in which a policy can name the caller, the caller's own first.
 */
export function grantingMember(
  policies: readonly Pick<Policy, 'bindings'>[],
  permission: Permission,
  members: readonly string[],
  context: RequestContext,
  roles: Pick<Roles, 'holds'>,
): string | undefined {
  const granting = policies
    .flatMap(({ bindings }) => bindings)
    .filter(({ role }) => roles.holds(role, permission))
    .filter(({ condition }) => condition === undefined || holdsIn(condition.expression, context));
  return members.find((member) => granting.some((binding) => binding.members.includes(member)));
}
