import { isDeepStrictEqual } from 'node:util';
import {
  ANONYMOUS,
  type Condition,
  conditionOf,
  type Declaration,
  findCaller,
  findService,
  holdersOf,
  receiversOf,
  type Verdict,
} from '@run-edges/edges';
import type { Grant } from '../../iam/policies/grants.ts';
import { INVOKER } from '../../iam/policies/said-of-grant.ts';
import type { Project } from '../../identity/project.ts';
import { regionalName } from '../../identity/regions.ts';
import { type ListedEdge, UNCHECKED } from '../routes/edge-routes.ts';

/** What an edge is explained from. */
export interface EdgeFacts {
  readonly declaration: Declaration;
  readonly project: Project;
  readonly caller: string;
  readonly receiver: string;
  /** What its policies are called: one for each region that is declared, and one alone in a running emulator. */
  readonly places: readonly string[];
  /** The declaration's verdict on it, and why. */
  readonly declared: { readonly expected: Verdict; readonly reason: string };
  /** Whether the declaration opens the receiver. */
  readonly public: boolean;
  /** The callers by whose declared edges this one may call it: itself, who shares its account, its domain. */
  readonly holders: readonly string[];
  /** Whether others own the receiver. */
  readonly external: boolean;
  /** The grants that the declaration asks for, to this caller or to what it is among. */
  readonly asked: readonly Grant[];
  /** Whether the declaration knows both. */
  readonly known: boolean;
  /** How a policy names the caller itself. */
  readonly own: string;
  /** Who else runs as the caller's account. */
  readonly sharers: readonly string[];
  /** By what the caller is let in: as the policies have it by now, else as it is declared. */
  readonly grants: readonly Grant[];
  /** What would let it in on a condition that does not hold. */
  readonly failing: readonly Grant[];
  /** Whom the policies let in by now; undefined where they are not looked at. */
  readonly by: string | null | undefined;
  /** The path that conditions were asked for. */
  readonly path: string;
  /** Whether a running emulator is asked, and a binding of the receiver's policy has a condition there. */
  readonly live: boolean;
  readonly conditional: boolean;
  /** The calls that the declaration allows which the emulator has read. */
  readonly read: readonly string[] | undefined;
}

export type Given = Pick<
  EdgeFacts,
  'declaration' | 'project' | 'caller' | 'receiver' | 'declared' | 'known' | 'conditional' | 'read'
> & {
  readonly edges: readonly ListedEdge[];
  readonly memberOf: (name: string) => string;
};

export function edgeFacts({ edges, memberOf, ...given }: Given): EdgeFacts {
  const { declaration, caller, receiver } = given;
  const edge = edges.find((one) => one.caller === caller && one.receiver === receiver);
  const isPublic = findService(declaration, receiver)?.public === true;
  const holders = holdersOf(declaration, caller, receiver);
  const own = caller === ANONYMOUS ? 'allUsers' : memberOf(caller);
  const live = edges.length > 0;
  const { regions = [] } = findService(declaration, receiver) ?? {};
  const places =
    live || regions.length === 0 ? [receiver] : regions.map((region) => regionalName(receiver, region, given.project));
  const invoker = (member: string, place = receiver): Grant => ({
    member,
    role: INVOKER,
    resource: `services/${place}`,
  });
  const asked = places.flatMap((place) => [
    ...holders.map((holder): Grant => {
      const condition = conditionFor(declaration, holder, receiver);
      return { ...invoker(memberOf(holder), place), ...(condition && { condition }) };
    }),
    ...(isPublic ? [invoker('allUsers', place)] : []),
  ]);
  const by = edge?.by;
  const named = by === null || by === undefined || by === UNCHECKED ? [] : [invoker(by)];
  return {
    ...given,
    places,
    public: isPublic,
    holders,
    external: receiversOf(declaration).some(({ name, kind }) => name === receiver && kind === 'external'),
    asked,
    own,
    sharers: [...new Set(edges.map((other) => other.caller))].filter(
      (other) => other !== caller && other !== ANONYMOUS && memberOf(other) === own,
    ),
    grants: edge === undefined ? asked : (edge.grants ?? named),
    failing: edge?.failing ?? [],
    path: edge?.path ?? '/',
    by,
    live,
  };
}

/** The condition of a declared edge, where it is limited. */
export function conditionFor(declaration: Declaration, caller: string, receiver: string): Condition | undefined {
  const limit = findCaller(declaration, caller)?.limits?.[receiver];
  return limit && conditionOf(limit);
}

/** The verdict by now. */
export function verdictOf({ by, declared }: EdgeFacts): Verdict {
  if (by === undefined) return declared.expected;
  return by === null ? 'forbidden' : 'allowed';
}

/** Whether the policies say otherwise than the declaration. */
export function isChanged(facts: EdgeFacts): boolean {
  return verdictOf(facts) !== facts.declared.expected;
}

/** Whether the declaration asks for the grant. */
export function isAsked({ asked }: EdgeFacts, { condition, ...grant }: Grant): boolean {
  return asked.some(
    ({ condition: declared, ...one }) =>
      isDeepStrictEqual(one, grant) && declared?.expression === condition?.expression,
  );
}

/** Whether it is the invoker's role in the receiver's own policy, without a condition: as deploy grants edges. */
export function isPlain({ role, resource, condition }: Grant): boolean {
  return role === INVOKER && resource !== 'project' && condition === undefined;
}
