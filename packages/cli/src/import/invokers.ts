import type { EdgeLimit } from '@run-edges/edges';
import type { FoundGrant } from './found.ts';
import { limitOfCondition } from './limit-of-condition.ts';

/** Somebody whom a service lets in, in all of its regions. */
export interface Invoker {
  readonly service: string;
  /** As IAM writes it. */
  readonly member: string;
  readonly limit: EdgeLimit | undefined;
  readonly from: string;
}

/**
 * Grants as edges can say them: each once, with e-mails in lower case. The others are noted.
 * @param regionsOf where a service is, or undefined where it is none of those that are declared
 */
export function invokersIn(
  grants: readonly FoundGrant[],
  regionsOf: (service: string) => ReadonlySet<string> | undefined,
  note: (text: string) => void,
): readonly Invoker[] {
  const invokers = new Map<string, { invoker: Invoker; regions: Set<string> }>();
  for (const grant of grants) {
    const { service, region, from } = grant;
    const member = inLowerCase(grant.member);
    const fault = faultOf(grant, regionsOf(service) !== undefined);
    if (fault !== undefined) {
      note(`${service} lets in ${member} (${from})${fault}`);
      continue;
    }
    const limit = grant.condition === undefined ? undefined : limitOfCondition(grant.condition);
    const key = JSON.stringify([service, member, limit]);
    const known = invokers.get(key) ?? { invoker: { service, member, limit, from }, regions: new Set() };
    invokers.set(key, known);
    known.regions.add(region);
  }
  return [...invokers.values()].flatMap(({ invoker, regions }) => {
    const others = [...(regionsOf(invoker.service) ?? [])].filter((region) => !regions.has(region));
    if (others.length === 0) return [invoker];
    note(
      `${invoker.service} lets in ${invoker.member} in ${[...regions].join(', ')} and not in ${others.join(', ')}; an edge is the same in all regions, and none is written.`,
    );
    return [];
  });
}

/** How a sentence goes on that says who is let in, where no edge can say that. */
function faultOf({ member, condition, role }: FoundGrant, declared: boolean): string | undefined {
  if (!declared) return ', and is not declared here.';
  if (member === 'allAuthenticatedUsers')
    return ': everybody with a Google account. No edge says that; name a group or a domain as a principal, or accept it.';
  if (member.startsWith('deleted:')) return ': an account that was deleted. It is left out.';
  if (/^project(?:Owner|Editor|Viewer):/.test(member))
    return ': whoever has that role on the project. Name the people as principals.';
  if (/^principal(?:Set)?:/.test(member))
    return ': Google makes no ID tokens for such identities, so that this lets nobody in. Let the account that they act as call it.';
  if (condition === undefined || limitOfCondition(condition) !== undefined) return undefined;
  return ` by ${role} on a condition that no edge can say: ${condition.expression}. Without it the edge would be wider, and none is written.`;
}

/** IAM compares e-mails in whatever letters, and writes them in small ones. */
function inLowerCase(member: string): string {
  return member.replace(
    /^(user|group|serviceAccount|domain):(.*)$/s,
    (_, kind, rest) => `${kind}:${rest.toLowerCase()}`,
  );
}
