import { type Caller, callersOf } from './callers.ts';
import { checkText } from './check-declaration.ts';
import type { Declaration } from './declaration.ts';
import { type Condition, conditionOf, limitOf } from './limits.ts';
import { findService } from './receivers.ts';

export interface DeclaredBinding {
  readonly role: 'roles/run.invoker';
  readonly members: readonly string[];
  readonly condition?: Condition;
}

/**
 * The bindings that the declaration asks of a service's own policy: the one without a condition first, then one for each
 * condition, in the order of the file. `allUsers` stands before the callers. None where nobody may invoke it.
 * @param memberOf how policies name a caller
 */
export function declaredBindings(
  declaration: Declaration,
  service: string,
  memberOf: (caller: Caller) => string,
): readonly DeclaredBinding[] {
  checkText(service, 'service');
  const found = findService(declaration, service);
  if (found === undefined) return [];
  const bindings = new Map<string, { condition: Condition | undefined; members: Set<string> }>();
  const add = (member: string, condition: Condition | undefined) => {
    const key = JSON.stringify(condition ?? '');
    const binding = bindings.get(key) ?? { condition, members: new Set() };
    bindings.set(key, binding);
    binding.members.add(member);
  };
  if (found.public) add('allUsers', undefined);
  for (const caller of callersOf(declaration)) {
    if (!caller.calls.includes(service)) continue;
    const limit = limitOf(caller, service);
    add(memberOf(caller), limit && conditionOf(limit));
  }
  return [...bindings.values()]
    .sort((a, b) => Number(a.condition !== undefined) - Number(b.condition !== undefined))
    .map(({ condition, members }) => ({
      role: 'roles/run.invoker',
      members: [...members],
      ...(condition === undefined ? {} : { condition }),
    }));
}
