import {
  type Caller,
  callersOf,
  type Declaration,
  declaredBindings,
  findCaller,
  type SourceGrant,
  serviceAccountEmail,
  sourceGrants,
} from '@run-edges/edges';
import type { Project } from '../../identity/project.ts';
import type { Binding } from './policy.ts';
import type { Resource } from './policy-store.ts';

/** E-mails of the accounts that callers of this project run as, or act as; of a name that is not declared, as of the stranger. */
export function emailsIn(declaration: Declaration, project: Project): (name: string) => string {
  return (name) => serviceAccountEmail(findCaller(declaration, name)?.serviceAccount ?? name, project.id);
}

/** How policies name a caller. @param emailOf of the account that a caller of this project runs as, or acts as */
export function memberIn({ name, serviceAccount, member = '' }: Caller, emailOf: (name: string) => string): string {
  return serviceAccount === undefined ? member : `serviceAccount:${emailOf(name)}`;
}

/** The bindings of one service: allUsers where it is public, and its callers. @param emailOf as for {@link memberIn} */
export function declaredPolicy(
  declaration: Declaration,
  service: string,
  emailOf: (name: string) => string,
): readonly Binding[] {
  return declaredBindings(declaration, service, (caller) => memberIn(caller, emailOf));
}

/**
 * The policies that the declaration asks for: of each service, allUsers where it is public, and its callers; and of the
 * accounts that federated callers act as, who they are; and who may make senders call. What nobody may use has a policy
 * that was never set.
 */
export function declaredPolicies(declaration: Declaration, project: Project): Map<Resource, readonly Binding[]> {
  const emailOf = emailsIn(declaration, project);
  const policies = new Map<Resource, readonly Binding[]>();
  for (const { name } of declaration.services) {
    const bindings = declaredPolicy(declaration, name, emailOf);
    if (bindings.length > 0) policies.set(`services/${name}`, bindings);
  }
  for (const { name, serviceAccount, member } of callersOf(declaration)) {
    if (serviceAccount === undefined || member === undefined) continue;
    const account = `serviceAccounts/${emailOf(name)}` as const;
    const members = policies.get(account)?.flatMap((binding) => binding.members) ?? [];
    policies.set(account, [{ role: 'roles/iam.workloadIdentityUser', members: [...members, member] }]);
  }
  for (const { on, name, role, member } of sourceGrants(declaration, project)) {
    const resource = resourceOf({ on, name });
    const bindings = policies.get(resource) ?? [];
    const same = bindings.find((binding) => binding.role === role);
    const others = bindings.filter((binding) => binding !== same);
    policies.set(resource, [...others, { role, members: [...(same?.members ?? []), member] }]);
  }
  return policies;
}

function resourceOf({ on, name }: Pick<SourceGrant, 'on' | 'name'>): Resource {
  if (on === 'project') return 'project';
  return on === 'account' ? `serviceAccounts/${name}` : `${on}s/${name}`;
}
