import type { Declaration } from '@run-edges/edges';
import { deleteAccount, deleteJob, deleteService, deleteWorkerPool } from '../deployment/commands.ts';
import type { LiveAccount } from '../deployment/live.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import type { Section } from '../deployment/run-plan.ts';
import type { Command } from '../gcloud/command.ts';
import { shellCommand } from '../gcloud/shell-command.ts';
import { accountIn, type LiveResource } from '../senders/kind.ts';
import { kinds } from '../senders/kinds.ts';

/** Something that runs, as far as it matters to who takes it away. */
export interface Standing {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  /** The label `managed-by`, or nothing. */
  readonly managedBy: string;
}

export interface Deployed {
  readonly project: string;
  readonly region: string;
  readonly services: readonly Standing[];
  readonly jobs: readonly Standing[];
  readonly workerPools: readonly Standing[];
  readonly senders: readonly LiveResource[];
  readonly accounts: readonly LiveAccount[];
  /** Accounts that what runs in other regions runs as. */
  readonly accountsElsewhere: ReadonlySet<string>;
  /** Whether there is an image repository that run-edges made. */
  readonly repository: boolean;
}

/**
 * What takes back what run-edges made, by the mark on it, and nothing else: the policy of a service that somebody else
 * made is theirs, whoever stands in it. What runs goes before the accounts that it runs as.
 */
export function planDestruction(deployed: Deployed): readonly Section[] {
  const { project, services, jobs, workerPools, accounts, repository, region } = deployed;
  const isOurs = ({ managedBy }: Standing) => managedBy === MANAGED_BY;
  // An account that somebody else's service runs as, here or elsewhere, is left to it.
  const inUse = new Set([
    ...deployed.accountsElsewhere,
    ...[...services, ...jobs, ...workerPools].filter((one) => !isOurs(one)).map(({ account }) => account),
  ]);
  const ours = accounts.filter(({ ours, email }) => ours && !inUse.has(email)).map(({ email }) => email);
  const away = (all: readonly Standing[], remove: typeof deleteService): Command[] =>
    all.filter(isOurs).map((one) => remove(one.name, { project, region: one.region }));
  return [
    { title: 'What calls them by itself, and run-edges made', commands: senderCommands(deployed) },
    // They call, and find nobody afterwards.
    { title: 'Worker pools that run-edges made', commands: away(workerPools, deleteWorkerPool) },
    { title: 'Jobs that run-edges made', commands: away(jobs, deleteJob) },
    { title: 'Services that run-edges made', commands: away(services, deleteService) },
    { title: 'Service accounts that run-edges made', commands: ours.map((email) => deleteAccount(email, deployed)) },
    { title: 'Images that run-edges built', commands: repository ? [deleteRepository({ project, region })] : [] },
  ].filter(({ commands }) => commands.length > 0);
}

/** Queues of the declaration that stay: nothing on them says who made them, and with them goes what is in them. */
export function queuesLeft({ senders, ...place }: Deployed, declaration: Declaration | undefined): readonly string[] {
  const declared = new Set(declaration?.senders?.map(({ tasks }) => tasks?.queue));
  return senders
    .filter(({ kind, name }) => kind === 'queue' && declared.has(name))
    .map(({ kind, name }) => {
      const command = shellCommand(['gcloud', ...kinds[kind].remove(name, { ...place, number: '' })]);
      return `The queue ${name} stays: queues have no labels, so that nothing says who made it. Delete it, and what is in it: ${command}`;
    });
}

/** What listens to a topic goes before it. What has no label is ours where it sends as an account of ours. */
function senderCommands({ senders, accounts, ...place }: Deployed): Command[] {
  const ours = new Set(accounts.filter(({ ours }) => ours).map(({ email }) => email));
  return senders
    .filter((one) => (one.managedBy === undefined ? ours.has(accountIn(one) ?? '') : one.managedBy === MANAGED_BY))
    .toReversed()
    .map(({ kind, name }) => kinds[kind].remove(name, { ...place, number: '' }));
}

function deleteRepository({ project, region }: Pick<Deployed, 'project' | 'region'>): Command {
  return [
    ...['artifacts', 'repositories', 'delete', 'run-edges', '--quiet'],
    ...[`--location=${region}`, `--project=${project}`],
  ];
}
