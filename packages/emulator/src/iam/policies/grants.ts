import { type Condition, holdsIn, type RequestContext } from '../conditions/conditions.ts';
import type { Permission } from '../roles/permissions.ts';
import type { Roles } from '../roles/roles.ts';
import type { Policy } from './policy.ts';
import type { Resource } from './policy-store.ts';

/** A binding by which somebody has a permission: what a decision is explained from. */
export interface Grant {
  /** As the policy names it: the principal itself, or what it is among. */
  readonly member: string;
  readonly role: string;
  /** In whose policy it stands. What is in the project has the project's grants, too. */
  readonly resource: Resource;
  readonly condition?: Condition;
}

/** A policy that counts for a resource: its own, or the project's. */
export interface CountingPolicy extends Pick<Policy, 'bindings'> {
  readonly resource: Resource;
}

/**
 * Every grant of the permission to these members, which are all the ways in which a policy can name the caller, the
 * caller's own first; whether its condition holds or not.
 */
export function grantsOf(
  policies: readonly CountingPolicy[],
  permission: Permission,
  members: readonly string[],
  roles: Pick<Roles, 'holds'>,
): Grant[] {
  const granting = policies.flatMap(({ resource, bindings }) =>
    bindings.filter(({ role }) => roles.holds(role, permission)).map((binding) => ({ ...binding, resource })),
  );
  return members.flatMap((member) =>
    granting
      .filter((binding) => binding.members.includes(member))
      .map(({ role, resource, condition }) => ({ member, role, resource, ...(condition && { condition }) })),
  );
}

export function holdsNow({ condition }: Grant, context: RequestContext): boolean {
  return condition === undefined || holdsIn(condition.expression, context);
}
