import { deleteAccount, deleteService } from '../deployment/commands.ts';
import type { LiveAccount } from '../deployment/live.ts';
import type { LiveService } from '../deployment/live-service.ts';
import type { Section } from '../deployment/run-plan.ts';
import { MANAGED_BY } from '../deployment/wanted.ts';

export interface Deployed {
  readonly project: string;
  readonly region: string;
  readonly services: readonly LiveService[];
  readonly accounts: readonly LiveAccount[];
  /** Accounts that services of other regions run as. */
  readonly accountsElsewhere: ReadonlySet<string>;
  /** Whether there is an image repository that run-edges made. */
  readonly repository: boolean;
}

/**
 * What takes back what run-edges made, by the mark on it, and nothing else: the policy of a service that somebody else
 * made is theirs, whoever stands in it. Services go before the accounts that they run as.
 */
export function planDestruction(deployed: Deployed): readonly Section[] {
  const { project, services, accounts, repository, region } = deployed;
  const isOurs = ({ managedBy }: LiveService) => managedBy === MANAGED_BY;
  // An account that somebody else's service runs as, here or elsewhere, is left to it.
  const inUse = new Set([
    ...deployed.accountsElsewhere,
    ...services.filter((one) => !isOurs(one)).map(({ account }) => account),
  ]);
  const ours = accounts.filter(({ ours, email }) => ours && !inUse.has(email)).map(({ email }) => email);
  return [
    {
      title: 'Services that run-edges made',
      commands: services.filter(isOurs).map(({ name }) => deleteService(name, deployed)),
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
