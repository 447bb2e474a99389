import { callersOf, type Declaration } from '@run-edges/edges';
import type { Project } from '../../identity/project.ts';
import { emailsIn, memberIn } from './declared-policy.ts';
import { createIam, type Iam, type IamOptions } from './iam.ts';
import type { Binding } from './policy.ts';
import { createPolicyStore, type Resource } from './policy-store.ts';

export interface ExternalIamOptions extends Omit<IamOptions, 'policies'> {
  readonly declaration: Declaration;
  readonly elapsed: () => number;
}

/** Who may call receivers that others own, as the declaration has it: the project has no policies of theirs. */
export function createExternalIam({ declaration, elapsed, ...options }: ExternalIamOptions): Iam {
  const initial = externalPolicies(declaration, options.project);
  return createIam({ ...options, policies: createPolicyStore({ initial, elapsed, delay: () => 0 }) });
}

/** By the names of the receivers, as those of services are. */
export function externalPolicies(declaration: Declaration, project: Project): Map<Resource, readonly Binding[]> {
  const policies = new Map<Resource, readonly Binding[]>();
  const emailOf = emailsIn(declaration, project);
  for (const { name } of declaration.external ?? []) {
    const invokers = callersOf(declaration).filter(({ calls }) => calls.includes(name));
    const members = [...new Set(invokers.map((caller) => memberIn(caller, emailOf)))];
    if (members.length > 0) policies.set(`services/${name}`, [{ role: 'roles/run.invoker', members }]);
  }
  return policies;
}
