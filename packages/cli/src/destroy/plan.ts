import { type Declaration, serviceAccountEmail } from '@run-edges/edges';
import { deleteAccount, deleteService, INVOKER, revokeRole } from '../deployment/commands.ts';
import type { LiveAccount } from '../deployment/live.ts';
import type { LiveService } from '../deployment/live-service.ts';
import type { Section } from '../deployment/run-plan.ts';
import { MANAGED_BY } from '../deployment/wanted.ts';

export interface Deployed {
  readonly project: string;
  readonly region: string;
  readonly services: readonly LiveService[];
  readonly accounts: readonly LiveAccount[];
  /** Accounts that services of other regions run as: they are left alone. */
  readonly accountsInUse: ReadonlySet<string>;
  /** Whether there is an image repository that run-edges made. */
  readonly repository: boolean;
}

/**
 * What takes back what run-edges made, by the mark on it, and nothing else: callers before receivers are of no matter
 * here, but accounts go last, so that no policy is left with a deleted member.
 */
export function planDestruction(declaration: Declaration, deployed: Deployed): readonly Section[] {
  const { project, services, accounts, repository, region, accountsInUse } = deployed;
  const ours = accounts.filter(({ ours, email }) => ours && !accountsInUse.has(email)).map(({ email }) => email);
  const members = new Set([
    ...ours.map((email) => `serviceAccount:${email}`),
    ...declaration.services.map(
      ({ serviceAccount }) => `serviceAccount:${serviceAccountEmail(serviceAccount, project)}`,
    ),
  ]);
  const staying = services.filter(({ managedBy }) => managedBy !== MANAGED_BY);
  return [
    {
      title: 'Services that run-edges made',
      commands: services
        .filter(({ managedBy }) => managedBy === MANAGED_BY)
        .map(({ name }) => deleteService(name, deployed)),
    },
    {
      title: 'Edges on services that stay',
      commands: staying.flatMap(({ name, bindings }) =>
        bindings
          .filter(({ role }) => role === INVOKER)
          .flatMap((binding) => binding.members.filter((member) => members.has(member)))
          .map((member) => revokeRole(name, member, INVOKER, deployed)),
      ),
    },
    { title: 'Service accounts that run-edges made', commands: ours.map((email) => deleteAccount(email, deployed)) },
    {
      title: 'Images that run-edges built',
      commands: repository
        ? [
            [
              'artifacts',
              'repositories',
              'delete',
              'run-edges',
              '--quiet',
              `--location=${region}`,
              `--project=${project}`,
            ],
          ]
        : [],
    },
  ].filter(({ commands }) => commands.length > 0);
}
