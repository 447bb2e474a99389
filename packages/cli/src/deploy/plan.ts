import {
  type Command,
  createAccount,
  deployService,
  enableApis,
  grantActing,
  grantInvoker,
  INVOKER,
  revokeRole,
  TOKEN_CREATOR,
} from '../deployment/commands.ts';
import { DeploymentError } from '../deployment/deployment-error.ts';
import type { LiveAccount } from '../deployment/live.ts';
import type { LiveService } from '../deployment/live-service.ts';
import type { Section } from '../deployment/run-plan.ts';
import { MANAGED_BY, type Wanted, type WantedService } from '../deployment/wanted.ts';
import type { Binding } from '../gcloud/binding.ts';
import type { Images } from './images.ts';

/** What there is already. */
export interface Found {
  readonly repository: boolean;
  /** Images that need no build. */
  readonly images: ReadonlySet<string>;
  readonly accounts: readonly LiveAccount[];
  /** By e-mail; only where a tester was named. */
  readonly accountBindings: ReadonlyMap<string, readonly Binding[]>;
  /** By secret; only where databases were named. */
  readonly secretBindings: ReadonlyMap<string, readonly Binding[]>;
  readonly projectBindings: readonly Binding[];
  readonly services: readonly LiveService[];
}

export const NOTHING: Found = {
  repository: false,
  images: new Set(),
  accounts: [],
  accountBindings: new Map(),
  secretBindings: new Map(),
  projectBindings: [],
  services: [],
};

export interface Asked {
  readonly wanted: Wanted;
  readonly images: Images;
  readonly databases: ReadonlyMap<string, string>;
  readonly cloudSql?: string;
  /** Who may try the edges as each service. */
  readonly tester?: string;
  /** Take undeclared invokers away, too. */
  readonly prune: boolean;
  /** Deploy over services that somebody else made. */
  readonly adopt: boolean;
}

/** What has to be on before anything else can be seen. */
export function planApis(asked: Asked, enabled: ReadonlySet<string>): readonly Section[] {
  const apis = apisFor(asked).filter((api) => !enabled.has(api));
  const { place } = asked.wanted;
  return apis.length === 0 ? [] : [{ title: 'The APIs that are used', commands: [enableApis(apis, place)] }];
}

/**
 * What has to be done, given what there is. Nothing is left to do when all is there, and whatever a broken-off run has
 * done is not done again.
 * @throws DeploymentError when a service of the name was made by somebody else
 */
export function planDeployment(asked: Asked, found: Found): readonly Section[] {
  const { wanted } = asked;
  const { place } = wanted;
  const liveOf = (name: string) => found.services.find((service) => service.name === name);
  if (!asked.adopt) refuseStrangers(wanted, found);

  const existing = new Set(found.accounts.map(({ email }) => email));
  return [
    { title: 'Images, a build for each service', commands: imageCommands(asked, found) },
    {
      title: 'A service account for each service, without any role; and a stranger, whom no edge names',
      commands: wanted.accounts
        .filter(({ email }) => !existing.has(email))
        .map((account) => createAccount(account, place)),
    },
    { title: 'Who may try the edges as each of them', commands: testerCommands(asked, found) },
    { title: 'Who may read the databases', commands: databaseCommands(asked, found) },
    {
      title: 'The services, receivers first; their URLs are known before they exist',
      commands: wanted.services
        .filter((service) => !isAsWanted(service, liveOf(service.name)))
        .map((service) => deployService(service, liveOf(service.name), place)),
    },
    {
      title: 'The declared edges, and nothing else',
      commands: wanted.services.flatMap(({ name, invokers }) => {
        const bindings = liveOf(name)?.bindings ?? [];
        const held = unconditionalInvokers(bindings);
        return invokers
          .filter((member) => !held.has(member))
          .map((member) => grantInvoker(name, member, bindings, place));
      }),
    },
    {
      title: 'What is not declared is taken away',
      commands: asked.prune
        ? undeclared(wanted, found).map(({ service, member }) => revokeRole(service, member, INVOKER, place))
        : [],
    },
  ].filter(({ commands }) => commands.length > 0);
}

/** Invokers of declared services that no edge names. */
export function undeclared(wanted: Wanted, found: Found): { service: string; member: string }[] {
  return wanted.services.flatMap(({ name, invokers }) => {
    const bindings = found.services.find((service) => service.name === name)?.bindings ?? [];
    const held = bindings.filter(({ role }) => role === INVOKER).flatMap(({ members }) => members);
    return [...new Set(held)]
      .filter((member) => !invokers.includes(member))
      .map((member) => ({ service: name, member }));
  });
}

export function unconditionalInvokers(bindings: readonly Binding[]): ReadonlySet<string> {
  const open = bindings.filter(({ role, condition }) => role === INVOKER && condition === undefined);
  return new Set(open.flatMap(({ members }) => members));
}

const settings = [
  'image',
  'account',
  'env',
  'secrets',
  'cloudSql',
  'ingress',
  'audiences',
  'minInstances',
  'maxInstances',
  'concurrency',
  'invokerCheck',
] as const satisfies readonly (keyof WantedService)[];

/** What of a live service is not as wanted. */
export function differences(wanted: WantedService, live: LiveService): readonly string[] {
  const differing: string[] = settings.filter((key) => canonical(wanted[key]) !== canonical(live[key]));
  if (live.managedBy !== MANAGED_BY) differing.push('label managed-by');
  return differing;
}

function isAsWanted(wanted: WantedService, live: LiveService | undefined): boolean {
  return live !== undefined && live.notReady === undefined && differences(wanted, live).length === 0;
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function refuseStrangers({ services, place }: Wanted, found: Found): void {
  const taken = found.services.find(
    ({ name, managedBy }) => managedBy !== MANAGED_BY && services.some((service) => service.name === name),
  );
  if (taken === undefined) return;
  const owner = taken.managedBy === '' ? 'somebody else' : taken.managedBy;
  throw new DeploymentError(
    `The name is taken: ${taken.name} in ${place.project} was made by ${owner}, not by run-edges.`,
    `${taken.managedBy === 'terraform' ? 'Change it by terraform apply, rename' : 'Rename'} it in the declaration, deploy to another project, or take it over with --adopt.`,
  );
}

function apisFor({ images, databases, cloudSql }: Asked): string[] {
  return [
    'run.googleapis.com',
    'iam.googleapis.com',
    'iamcredentials.googleapis.com',
    'cloudresourcemanager.googleapis.com',
    ...(images.built ? ['artifactregistry.googleapis.com', 'cloudbuild.googleapis.com'] : []),
    ...(databases.size > 0 ? ['secretmanager.googleapis.com'] : []),
    ...(cloudSql === undefined ? [] : ['sqladmin.googleapis.com']),
  ];
}

function imageCommands({ images, wanted }: Asked, found: Found): Command[] {
  if (!images.built) return [];
  const builds = wanted.services
    .filter(({ image }) => !found.images.has(image))
    .map(({ name }) => images.build(name))
    .filter((build) => build !== undefined);
  return found.repository ? builds : [images.createRepository, ...builds];
}

function testerCommands({ wanted, tester }: Asked, found: Found): Command[] {
  if (tester === undefined) return [];
  return wanted.accounts
    .filter(({ email }) => !holds(found.accountBindings.get(email), TOKEN_CREATOR, tester))
    .map(({ email }) => grantActing(email, tester, wanted.place));
}

const SECRET_READER = 'roles/secretmanager.secretAccessor';
const SQL_CLIENT = 'roles/cloudsql.client';

function databaseCommands({ wanted, databases, cloudSql }: Asked, found: Found): Command[] {
  const { project } = wanted.place;
  return wanted.services.flatMap(({ name, account }) => {
    const secret = databases.get(name);
    if (secret === undefined) return [];
    const member = `serviceAccount:${account}`;
    const commands: Command[] = [];
    if (!holds(found.secretBindings.get(secret), SECRET_READER, member))
      commands.push([
        ...['secrets', 'add-iam-policy-binding', secret],
        ...[`--member=${member}`, `--role=${SECRET_READER}`, `--project=${project}`],
      ]);
    if (cloudSql !== undefined && !holds(found.projectBindings, SQL_CLIENT, member))
      commands.push([
        ...['projects', 'add-iam-policy-binding', project],
        ...[`--member=${member}`, `--role=${SQL_CLIENT}`, '--condition=None'],
      ]);
    return commands;
  });
}

function holds(bindings: readonly Binding[] | undefined, role: string, member: string): boolean {
  return (bindings ?? []).some(
    (one) => one.role === role && one.condition === undefined && one.members.includes(member),
  );
}
