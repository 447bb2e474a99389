import { isDeepStrictEqual } from 'node:util';
import { list, object, text, texts } from '../../internal/json-shape.ts';
import type { Binding } from './policy.ts';
import type { PolicyStore, Resource } from './policy-store.ts';

/** A policy that was changed since the declaration was read, and what the declaration said then. */
export interface SavedPolicy {
  readonly resource: Resource;
  readonly bindings: readonly Binding[];
  readonly declared: readonly Binding[];
}

const binding = object({ role: text, members: texts }, { condition: object({ expression: text }) });

/** What a state file must hold of it. What stands deeper is checked where it is used. */
export const savedPoliciesShape = list(object({ resource: text, bindings: list(binding), declared: list(binding) }));

type Declared = ReadonlyMap<Resource, readonly Binding[]>;

/** The policies that differ from the declaration. */
export function changedPolicies(policies: PolicyStore, declared: Declared): SavedPolicy[] {
  return [...policies.entries()]
    .map(([resource, { bindings }]) => ({ resource, bindings, declared: declared.get(resource) ?? [] }))
    .filter((one) => !isDeepStrictEqual(one.bindings, one.declared));
}

/** The policies to start with: what was saved, except where the declaration was changed meanwhile: then it wins. */
export function startingPolicies(declared: Declared, saved: readonly SavedPolicy[]): Map<Resource, readonly Binding[]> {
  const starting = new Map(declared);
  for (const one of saved)
    if (isDeepStrictEqual(one.declared, declared.get(one.resource) ?? [])) starting.set(one.resource, one.bindings);
  return starting;
}
