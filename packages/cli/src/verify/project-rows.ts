import { callersOf, type Declaration, memberOf } from '@run-edges/edges';
import { revokeProjectRole } from '../deployment/commands.ts';
import type { Binding } from '../gcloud/binding.ts';
import { type Abilities, abilitiesOf } from './abilities.ts';
import type { Row, RowKind } from './row.ts';
import { onlyWhen, type Seen, type SeenPolicy, shown } from './seen.ts';

/** Roles that let their holders do nothing but invoke: nobody needs them for a whole project. */
const ONLY_INVOKING = new Set(['roles/run.invoker', 'roles/run.servicesInvoker']);

/**
 * Roles in the project, and above it, that let somebody invoke every service, let others in, or be one who calls, whatever
 * the edges say.
 */
export function projectRows(declaration: Declaration, seen: Seen): readonly Row[] {
  const deploying = deployers(seen);
  return seen.policies.flatMap((policy) =>
    policy.bindings.flatMap((binding) =>
      binding.members.flatMap((member): Row[] => {
        const able = abilitiesOf(seen.roles.get(binding.role));
        const deploys = able.actsAs && deploying.has(member);
        const [first, ...more] = waysOf(able, deploys);
        if (first === undefined) return [];
        const { role, condition } = binding;
        const where = policy.path === 'project' ? 'the project' : `${policy.path} ${policy.on}`;
        const may = [first.may, ...more.map((way) => way.may)].join(' and ');
        return [
          {
            kind: first.kind,
            service: '*',
            member,
            role,
            path: policy.path,
            on: policy.on,
            ...(condition === undefined ? {} : { condition: condition.expression }),
            state: 'drift',
            reason: `${shown(member)} holds ${role} in ${where}, and may ${may}${onlyWhen(binding.condition)}`,
            ...mendOf(declaration, policy, binding, member, seen),
          },
        ];
      }),
    ),
  );
}

/** Who may deploy something in the project: whoever may attach an account to it, too, is that account. */
export function deployers({ policies, services, roles }: Seen): ReadonlySet<string> {
  const bindings = [...policies, ...services].flatMap((holder) => holder.bindings);
  return new Set(bindings.filter(({ role }) => abilitiesOf(roles.get(role)).deploys).flatMap(({ members }) => members));
}

function waysOf(able: Abilities, deploys: boolean): { kind: RowKind; may: string }[] {
  const ways: (false | { kind: RowKind; may: string })[] = [
    able.invokes && { kind: 'widened', may: 'invoke every service' },
    able.admits && { kind: 'admits', may: 'let anybody in' },
    able.becomes && { kind: 'becomes', may: 'become every caller' },
    deploys && { kind: 'deploys', may: 'deploy as every caller' },
  ];
  return ways.filter((way) => way !== false);
}

/** What else a role is for, only its owner knows. */
function mendOf(
  declaration: Declaration,
  { path, on }: SeenPolicy,
  { role }: Binding,
  member: string,
  seen: Seen,
): Pick<Row, 'fix' | 'takes' | 'origin' | 'mend'> {
  if (path === 'folder' || path === 'organization')
    return { mend: `Whoever administers ${path} ${on} may take it away there, or accept it` };
  const own = callersOf(declaration).some(
    (caller) =>
      caller.kind !== 'principal' && caller.serviceAccount !== undefined && memberOf(caller, seen.project) === member,
  );
  if (ONLY_INVOKING.has(role) || own || member === 'allUsers' || member === 'allAuthenticatedUsers')
    return { fix: revokeProjectRole(member, role, seen), takes: true, origin: 'unknown' };
  return { mend: `Give ${shown(member)} a smaller role than ${role}, or accept it` };
}
