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
import { MANAGED_BY, type Wanted } from '../deployment/wanted.ts';
import type { Binding } from '../gcloud/binding.ts';
import { differences, granting, type PlannedSection, type Step, section } from './change.ts';
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
export function planApis(asked: Asked, enabled: ReadonlySet<string>): readonly PlannedSection[] {
  const apis = apisFor(asked).filter((api) => !enabled.has(api));
  if (apis.length === 0) return [];
  const changes = apis.map((api) => ({
    ...{ action: 'enable' as const, on: `API ${api}`, what: 'state' },
    ...{ before: 'off', after: 'on' },
  }));
  return [section('The APIs that are used', [{ command: enableApis(apis, asked.wanted.place), changes }])];
}

/**
 * What has to be done, given what there is. Nothing is left to do when all is there, and whatever a broken-off run has
 * done is not done again.
 * @throws DeploymentError when a service of the name was made by somebody else
 */
export function planDeployment(asked: Asked, found: Found): readonly PlannedSection[] {
  const { wanted } = asked;
  if (!asked.adopt) refuseStrangers(wanted, found);
  return [
    section('Images, a build for each service', imageSteps(asked, found)),
    section(
      'A service account for each service, without any role; and a stranger, whom no edge names',
      accountSteps(wanted, found),
    ),
    section('Who may try the edges as each of them', testerSteps(asked, found)),
    section('Who may read the databases', databaseSteps(asked, found)),
    section('The services, receivers first; their URLs are known before they exist', serviceSteps(wanted, found)),
    section('The declared edges, and nothing else', edgeSteps(wanted, found)),
    section('What is not declared is taken away', asked.prune ? pruneSteps(wanted, found) : []),
  ].filter(({ commands }) => commands.length > 0);
}

function accountSteps({ accounts, place }: Wanted, found: Found): Step[] {
  const existing = new Set(found.accounts.map(({ email }) => email));
  return accounts
    .filter(({ email }) => !existing.has(email))
    .map((account) => ({
      command: createAccount(account, place),
      changes: [
        {
          ...{ action: 'create', on: `account ${account.email}`, what: 'displayName' },
          ...{ before: null, after: account.displayName },
        },
      ],
    }));
}

function serviceSteps({ services, place }: Wanted, found: Found): Step[] {
  return services.flatMap((service) => {
    const live = found.services.find(({ name }) => name === service.name);
    const changes = differences(service, live);
    return changes.length === 0 ? [] : [{ command: deployService(service, live, place), changes }];
  });
}

function edgeSteps({ services, place }: Wanted, found: Found): Step[] {
  return services.flatMap(({ name, invokers }) => {
    const bindings = bindingsOf(found, name);
    const held = unconditionalInvokers(bindings);
    return invokers
      .filter((member) => !held.has(member))
      .map((member) => granting(`service ${name}`, INVOKER, member, grantInvoker(name, member, bindings, place)));
  });
}

function pruneSteps(wanted: Wanted, found: Found): Step[] {
  return undeclared(wanted, found).map(({ service, member }) => ({
    command: revokeRole(service, member, INVOKER, wanted.place),
    changes: [{ action: 'revoke', on: `service ${service}`, what: INVOKER, before: member, after: null }],
  }));
}

function bindingsOf({ services }: Found, name: string): readonly Binding[] {
  return services.find((service) => service.name === name)?.bindings ?? [];
}

/** Invokers of declared services that no edge names. */
export function undeclared(wanted: Wanted, found: Found): { service: string; member: string }[] {
  return wanted.services.flatMap(({ name, invokers }) => {
    const held = bindingsOf(found, name)
      .filter(({ role }) => role === INVOKER)
      .flatMap(({ members }) => members);
    return [...new Set(held)]
      .filter((member) => !invokers.includes(member))
      .map((member) => ({ service: name, member }));
  });
}

function unconditionalInvokers(bindings: readonly Binding[]): ReadonlySet<string> {
  const open = bindings.filter(({ role, condition }) => role === INVOKER && condition === undefined);
  return new Set(open.flatMap(({ members }) => members));
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

/** The APIs that a deployment needs. */
export function apisFor({ images, databases, cloudSql }: Asked): string[] {
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

function imageSteps({ images, wanted }: Asked, found: Found): Step[] {
  if (!images.built) return [];
  const builds = wanted.services
    .filter(({ image }) => !found.images.has(image))
    .flatMap(({ name, image }): Step[] => {
      const command = images.build(name);
      if (command === undefined) return [];
      return [
        { command, changes: [{ action: 'build', on: `image ${name}`, what: 'image', before: null, after: image }] },
      ];
    });
  if (found.repository) return builds;
  const repository: Step = {
    command: images.createRepository,
    changes: [{ action: 'create', on: 'repository', what: 'images', before: null, after: images.prefix }],
  };
  return [repository, ...builds];
}

function testerSteps({ wanted, tester }: Asked, found: Found): Step[] {
  if (tester === undefined) return [];
  return wanted.accounts
    .filter(({ email }) => !holds(found.accountBindings.get(email), TOKEN_CREATOR, tester))
    .map(({ email }) => granting(`account ${email}`, TOKEN_CREATOR, tester, grantActing(email, tester, wanted.place)));
}

const SECRET_READER = 'roles/secretmanager.secretAccessor';
const SQL_CLIENT = 'roles/cloudsql.client';

function databaseSteps({ wanted, databases, cloudSql }: Asked, found: Found): Step[] {
  const { project } = wanted.place;
  return wanted.services.flatMap(({ name, account }) => {
    const secret = databases.get(name);
    if (secret === undefined) return [];
    const member = `serviceAccount:${account}`;
    const steps: Step[] = [];
    if (!holds(found.secretBindings.get(secret), SECRET_READER, member))
      steps.push(granting(`secret ${secret}`, SECRET_READER, member, grantSecret(secret, member, wanted.place)));
    if (cloudSql !== undefined && !holds(found.projectBindings, SQL_CLIENT, member))
      steps.push(
        granting(`project ${project}`, SQL_CLIENT, member, [
          ...['projects', 'add-iam-policy-binding', project],
          ...[`--member=${member}`, `--role=${SQL_CLIENT}`, '--condition=None'],
        ]),
      );
    return steps;
  });
}

function grantSecret(secret: string, member: string, { project }: Wanted['place']): Command {
  return [
    ...['secrets', 'add-iam-policy-binding', secret],
    ...[`--member=${member}`, `--role=${SECRET_READER}`, `--project=${project}`],
  ];
}

function holds(bindings: readonly Binding[] | undefined, role: string, member: string): boolean {
  return (bindings ?? []).some(
    (one) => one.role === role && one.condition === undefined && one.members.includes(member),
  );
}
