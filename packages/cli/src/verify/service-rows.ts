import { callersOf, type Declaration, declaredBindings, memberOf, type Service } from '@run-edges/edges';
import { grantInvoker, INVOKER, revokeBinding, revokeRole } from '../deployment/commands.ts';
import type { LiveService } from '../deployment/live-service.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import type { Condition } from '../gcloud/binding.ts';
import { abilitiesOf } from './abilities.ts';
import type { Row } from './row.ts';
import { onlyWhen, type Seen, shown } from './seen.ts';

/** A grant that the declaration asks for. */
interface Wanted {
  readonly member: string;
  readonly condition: Condition | undefined;
}

/** Roles that are good for nothing but what an edge is for. */
const AN_EDGE: ReadonlySet<string> = new Set([INVOKER, 'roles/run.servicesInvoker']);

/** Who is let in by a service's own policy, and who should be and is not. */
export function serviceRows(declaration: Declaration, service: Service, live: LiveService, seen: Seen): readonly Row[] {
  const wanted = wantedGrants(declaration, service, seen);
  const granted = live.bindings.flatMap(({ role, members, condition }) =>
    members.map((member) => ({ role, member, condition })),
  );
  const about = aboutService(service, live);
  return [
    ...wanted.flatMap((one) => missing(one, service, live, seen)),
    ...granted.flatMap((one) => held(one, { declaration, service, live, seen, wanted })),
    ...(service.public && !live.invokerCheck
      ? [
          {
            ...about,
            kind: 'edge',
            member: 'allUsers',
            role: '',
            state: 'declared',
            reason: `${service.name} is declared public, and its invoker check is off`,
          } as const,
        ]
      : []),
  ];
}

/** What all rows on one service have in common. */
export function aboutService({ name, regions = [] }: Service, { region }: Pick<LiveService, 'region'>) {
  return { service: name, path: 'service', on: name, ...(regions.length > 1 ? { region } : {}) } as const;
}

function wantedGrants(declaration: Declaration, { name }: Service, { project }: Seen): readonly Wanted[] {
  return declaredBindings(declaration, name, (caller) => memberOf(caller, project)).flatMap(({ members, condition }) =>
    members.map((member) => ({ member, condition })),
  );
}

function missing({ member, condition }: Wanted, service: Service, live: LiveService, seen: Seen): readonly Row[] {
  const { name } = service;
  const holding = live.bindings.filter(({ role, members }) => AN_EDGE.has(role) && members.includes(member));
  if (holding.some((binding) => sameCondition(binding.condition, condition))) return [];
  // A service without the check is public whatever its policy says.
  if (member === 'allUsers' && !live.invokerCheck) return [];
  const [other] = holding;
  const only = other === undefined ? '' : ` but${onlyWhen(other.condition)}`;
  return [
    {
      ...aboutService(service, live),
      kind: member === 'allUsers' ? 'not-public' : 'missing',
      member,
      role: INVOKER,
      ...(condition === undefined ? {} : { condition: condition.expression }),
      state: 'drift',
      reason:
        member === 'allUsers'
          ? `${name} is declared public, and shut${only}`
          : condition === undefined
            ? `${shown(member)} may not invoke ${name}${only}`
            : `${shown(member)} has no grant on ${name}${onlyWhen(condition)}`,
      fix: grantInvoker(name, member, live.bindings, { project: seen.project, region: live.region }, condition),
    },
  ];
}

interface Where {
  readonly declaration: Declaration;
  readonly service: Service;
  readonly live: LiveService;
  readonly seen: Seen;
  readonly wanted: readonly Wanted[];
}

/** What a grant in the service's policy is: an edge, or somebody's who is not declared, or nothing that counts. */
function held(
  { role, member, condition }: { role: string; member: string; condition: Condition | undefined },
  { declaration, service, live, seen, wanted }: Where,
): readonly Row[] {
  const { invokes, admits } = abilitiesOf(seen.roles.get(role));
  if (!invokes && !admits) return [];
  const { name } = service;
  const about = {
    ...aboutService(service, live),
    member,
    role,
    ...(condition === undefined ? {} : { condition: condition.expression }),
  };
  const named = AN_EDGE.has(role) ? wanted.filter((one) => one.member === member) : [];
  // Who may always invoke may do so on a condition, too.
  if (named.some((one) => one.condition === undefined || sameCondition(one.condition, condition)))
    return [{ ...about, kind: 'edge', state: 'declared', reason: declaredAs(declaration, name, member, seen) }];
  const at = { project: seen.project, region: live.region };
  const drift = {
    ...about,
    state: 'drift',
    fix: revokeRole(name, member, role, at),
    takes: true,
    origin: originOf(role, member, live, seen),
  } as const;
  const when = onlyWhen(condition);
  if (named[0] !== undefined)
    return [
      {
        ...drift,
        kind: 'condition',
        fix: revokeBinding(name, member, role, condition, at),
        reason: `${shown(member)} may invoke ${name}${when || ' always'}, declared is${onlyWhen(named[0].condition)}`,
      },
    ];
  const everybody = member === 'allUsers' || member === 'allAuthenticatedUsers';
  if (everybody && !service.public)
    return [{ ...drift, kind: 'public-by-mistake', reason: `${name} is private, and lets ${member} in${when}` }];
  if (!invokes)
    return [{ ...drift, kind: 'admits', reason: `${shown(member)} may let anybody invoke ${name}${when}, by ${role}` }];
  return [{ ...drift, kind: 'extra', reason: `${shown(member)} may invoke ${name}${when}, which no edge declares` }];
}

function declaredAs(declaration: Declaration, service: string, member: string, { project }: Seen): string {
  if (member === 'allUsers') return `${service} is declared public`;
  const callers = callersOf(declaration).filter(
    (caller) => caller.calls.includes(service) && memberOf(caller, project) === member,
  );
  return `${shown(member)} calls it as ${callers.map(({ name }) => name).join(' and ')}`;
}

/** Titles are for people: what counts is when it holds. */
function sameCondition(one: Condition | undefined, other: Condition | undefined): boolean {
  return one?.expression === other?.expression;
}

/** Who made a grant on a service: its labels say who made the service, and the member whether it is one of ours. */
function originOf(role: string, member: string, { managedBy }: LiveService, { accounts }: Seen): string {
  const ours = accounts?.get(shown(member))?.ours === true;
  if (managedBy === MANAGED_BY && role === INVOKER && ours)
    return 'run-edges, for an edge that is declared no more, or somebody by hand';
  if (managedBy !== '' && managedBy !== MANAGED_BY) return `${managedBy}, which made the service, or somebody by hand`;
  return 'unknown';
}
