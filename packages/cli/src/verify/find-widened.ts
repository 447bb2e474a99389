import { type Declaration, serviceAccountEmail, shellWord } from '@run-edges/edges';
import { revokeProjectRole } from '../deployment/commands.ts';
import type { Drift } from './drift.ts';
import { type Seen, shown } from './seen.ts';

/** Roles that let their holders do nothing but invoke: nobody needs them for a whole project. */
const ONLY_INVOKING = new Set(['roles/run.invoker', 'roles/run.servicesInvoker']);

/** Google's own agents, which it grants basic roles by itself. */
const GOOGLE_AGENT =
  /^serviceAccount:(?:service-\d+@[\w-]+\.iam|\d+@cloudservices|\d+@cloudbuild)\.gserviceaccount\.com$/;

/**
 * Roles in the project that let somebody invoke every service, whatever the edges say. People who administer the
 * project hold such roles by the nature of it and are let be; a service account with one calls where no edge leads.
 */
export function findWidened(declaration: Declaration, seen: Seen): readonly Drift[] {
  const own = new Set(
    declaration.services.map(
      ({ serviceAccount }) => `serviceAccount:${serviceAccountEmail(serviceAccount, seen.project)}`,
    ),
  );
  return seen.projectBindings
    .filter(({ role }) => seen.invokerRoles.has(role))
    .flatMap(({ role, members, condition }) =>
      members
        .filter((member) => !seen.accepted.has(member) && !GOOGLE_AGENT.test(member))
        .filter((member) => ONLY_INVOKING.has(role) || !isPerson(member))
        .map((member): Drift => {
          const fix = revokeProjectRole(member, role, seen);
          const about = {
            kind: 'widened' as const,
            service: '*',
            member,
            role,
            message: `${shown(member)} holds ${role} in the project, and may invoke every service${condition === undefined ? '' : ` when ${condition.expression}`}`,
          };
          // What else the role is for, only its owner knows.
          if (ONLY_INVOKING.has(role) || own.has(member) || !member.startsWith('serviceAccount:'))
            return { ...about, fix };
          return { ...about, mend: `Give it a smaller role, or accept it with --accept ${shellWord(member)}` };
        }),
    );
}

function isPerson(member: string): boolean {
  return /^(?:user|group|domain):/.test(member);
}
