import { isDeepStrictEqual } from 'node:util';
import type { Binding } from './policy.ts';
import type { PolicyStore, Resource } from './policy-store.ts';

type Declared = ReadonlyMap<Resource, readonly Binding[]>;

/**
 * Makes policies what another declaration asks for: what it takes away goes, and what it adds comes. Whatever else was
 * granted or revoked since stays so.
 */
export function followDeclared(policies: PolicyStore, before: Declared, after: Declared): void {
  for (const resource of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(resource) ?? [];
    const asked = after.get(resource) ?? [];
    if (isDeepStrictEqual(was, asked)) continue;
    const now = policies.read(resource).bindings;
    // As they were declared, they are in the order of the declaration; else what is new is last.
    const bindings = isDeepStrictEqual(now, was)
      ? asked
      : [...without(now, without(was, asked)), ...without(asked, was)];
    policies.write(resource, { bindings, version: 3 });
  }
}

/** The bindings without the members that the others give the same role on the same condition. */
function without(bindings: readonly Binding[], others: readonly Binding[]): Binding[] {
  return bindings
    .map((binding) => {
      const { role, condition } = binding;
      const same = others.filter((other) => other.role === role && isDeepStrictEqual(other.condition, condition));
      const gone = new Set(same.flatMap(({ members }) => members));
      return { ...binding, members: binding.members.filter((member) => !gone.has(member)) };
    })
    .filter(({ members }) => members.length > 0);
}
