import { isRecord } from '../../internal/check-settings.ts';
import { conditionProblem } from '../conditions/conditions.ts';
import type { Binding } from './policy.ts';

/** @see https://docs.cloud.google.com/iam/docs/principal-identifiers */
const MEMBERS = [
  /^allUsers$|^allAuthenticatedUsers$/,
  /^(?:user|serviceAccount|group):[^\s:@]+@[^\s:@]+$/,
  /^domain:[^\s:@]+$/,
  /^principal(?:Set)?:\/\/iam\.googleapis\.com\/\S+$/,
  /^deleted:(?:user|serviceAccount|group):[^\s:@]+@[^\s:@]+\?uid=\d+$/,
  /^deleted:principal:\/\/iam\.googleapis\.com\/\S+$/,
  // A Kubernetes service account by the identity pool of its project: PROJECT.svc.id.goog[NAMESPACE/NAME].
  /^serviceAccount:(?:[a-z0-9.-]+:)?[a-z0-9.-]+\.svc\.id\.goog\[[a-z0-9-]+\/[a-z0-9.-]+\]$/,
];
const ROLE = /^(roles\/[\w.]+|(projects|organizations)\/[\w.:-]+\/roles\/[\w.]+)$/;

/** Whether this is a member as policies name them. */
export function isMember(value: unknown): value is string {
  return typeof value === 'string' && MEMBERS.some((form) => form.test(value));
}

/** Google's limits for one policy. */
const MOST_PRINCIPALS = 1500;
const MOST_GROUPS = 250;

/** Why Google would refuse these bindings with INVALID_ARGUMENT, or undefined. */
export function policyProblem(bindings: readonly Binding[], version: number | undefined): string | undefined {
  if (version !== undefined && ![0, 1, 3].includes(version)) return `Policy version ${version} is not supported.`;
  if (!Array.isArray(bindings) || !bindings.every(isBinding))
    return 'A policy is a list of bindings, each with a role, a list of members and perhaps a condition.';
  const members = bindings.flatMap((binding) => binding.members);
  if (members.length > MOST_PRINCIPALS)
    return `The number of members in the policy (${members.length}) is larger than the maximum allowed size ${MOST_PRINCIPALS}.`;
  const groups = members.filter((member) => member.startsWith('group:'));
  if (groups.length > MOST_GROUPS)
    return `The number of groups in the policy (${groups.length}) is larger than the maximum allowed size ${MOST_GROUPS}.`;
  return bindings.map((binding) => bindingProblem(binding, version)).find((problem) => problem !== undefined);
}

/** Programs that are not typed give anything. */
function isBinding(binding: unknown): binding is Binding {
  if (!isRecord(binding)) return false;
  const { role, members, condition } = binding;
  const isCondition =
    isRecord(condition) && typeof condition.title === 'string' && typeof condition.expression === 'string';
  return (
    typeof role === 'string' &&
    Array.isArray(members) &&
    members.every((member) => typeof member === 'string') &&
    (condition === undefined || isCondition)
  );
}

function bindingProblem({ role, members, condition }: Binding, version: number | undefined): string | undefined {
  if (!ROLE.test(role)) return `Role ${role} is not supported for this resource.`;
  const unknown = members.find((member) => !isMember(member));
  if (unknown !== undefined)
    return `The member ${unknown} is of an unknown type. Please set a valid type prefix for the member.`;
  if (condition === undefined) return undefined;
  if (version !== 3) return 'Policy version must be set to 3 when a binding has a condition.';
  const problem = conditionProblem(condition.expression);
  return problem === undefined ? undefined : `The condition "${condition.title}" is invalid: ${problem}.`;
}
