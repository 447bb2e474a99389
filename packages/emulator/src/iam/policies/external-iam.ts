import { callersOf, type Declaration } from '@run-edges/edges';
import { memberIn } from './declared-policy.ts';
import { createIam, type Iam, type IamOptions } from './iam.ts';
import type { Binding } from './policy.ts';
import { createPolicyStore, type Resource } from './policy-store.ts';

export interface ExternalIamOptions extends Omit<IamOptions, 'policies'> {
  readonly declaration: Declaration;
  readonly emailOf: (name: string) => string;
  readonly elapsed: () => number;
}

/** Who may call receivers that others own, as the declaration has it: the project has no policies of theirs. */
export function createExternalIam({ declaration, emailOf, elapsed, ...options }: ExternalIamOptions): Iam {
  const initial = new Map<Resource, readonly Binding[]>();
  for (const { name } of declaration.external ?? []) {
    const invokers = callersOf(declaration).filter(({ calls }) => calls.includes(name));
    const members = [...new Set(invokers.map((caller) => memberIn(caller, emailOf)))];
    if (members.length > 0) initial.set(`services/${name}`, [{ role: 'roles/run.invoker', members }]);
  }
  return createIam({ ...options, policies: createPolicyStore({ initial, elapsed, delay: () => 0 }) });
}
