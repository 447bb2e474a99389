import { createAccount, enableApis } from '../deployment/commands.ts';
import type { Wanted, WantedWorkload } from '../deployment/wanted.ts';
import { kinds } from '../senders/kinds.ts';
import { senderSteps, sourceGrantSteps } from '../senders/plan-senders.ts';
import type { Asked } from './asked.ts';
import { type PlannedSection, type Step, section } from './change.ts';
import type { Found } from './found.ts';
import type { Images } from './images.ts';
import { databaseSteps, edgeSteps, federatedSteps, pruneSteps, testerSteps } from './plan-grants.ts';
import { jobSteps, refuseStrangers, serviceSteps, workerPoolSteps } from './plan-workloads.ts';

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
  const each = hasOtherCallers(wanted) ? 'caller' : 'service';
  return [
    section('Images, a build for each service', imageSteps(asked, found)),
    section(
      `A service account for each ${each}, without any role; and a stranger, whom no edge names`,
      accountSteps(wanted, found),
    ),
    section('Who of other identity providers acts as which of them', federatedSteps(wanted, found)),
    section('Who may try the edges as each of them', testerSteps(asked, found)),
    section('Who may read the databases', databaseSteps(asked, found)),
    section('The services, receivers first; their URLs are known before they exist', serviceSteps(wanted, found)),
    section('The jobs, which are deployed and not executed', jobSteps(wanted, found)),
    section('The declared edges, and nothing else', edgeSteps(wanted, found)),
    section(
      'The senders: topics, subscriptions, queues, schedules and triggers',
      senderSteps(wanted.senders, found.senders, { place: wanted.place, adopt: asked.adopt }),
    ),
    section('Who may make them call', sourceGrantSteps(wanted.senders, found.senders, wanted.place)),
    // They call as soon as they are there.
    section('The worker pools', workerPoolSteps(wanted, found)),
    section('What is not declared is taken away', asked.prune ? pruneSteps(wanted, found) : []),
  ].filter(({ commands }) => commands.length > 0);
}

/** Whether somebody else than a service has an account. */
function hasOtherCallers({ jobs, workerPools, federated }: Wanted): boolean {
  return jobs.length + workerPools.length + federated.length > 0;
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

/** The APIs that a deployment needs. */
export function apisFor({ images, databases, cloudSql, wanted }: Asked): string[] {
  return [
    'run.googleapis.com',
    'iam.googleapis.com',
    'iamcredentials.googleapis.com',
    'cloudresourcemanager.googleapis.com',
    ...(images.built ? ['artifactregistry.googleapis.com', 'cloudbuild.googleapis.com'] : []),
    ...(databases.size > 0 ? ['secretmanager.googleapis.com'] : []),
    ...(cloudSql === undefined ? [] : ['sqladmin.googleapis.com']),
    ...new Set(wanted.senders.resources.map(({ kind }) => kinds[kind].api)),
  ];
}

function imageSteps({ images, wanted }: Asked, found: Found): Step[] {
  if (!images.built) return [];
  // Each once, in however many regions it is.
  const all = new Map([...wanted.services, ...wanted.jobs, ...wanted.workerPools].map((one) => [one.name, one]));
  const builds = [...all.values()].flatMap((workload) => buildSteps(workload, images, found));
  if (found.repository) return builds;
  const repository: Step = {
    command: images.createRepository,
    changes: [{ action: 'create', on: 'repository', what: 'images', before: null, after: images.prefix }],
  };
  return [repository, ...builds];
}

function buildSteps({ name, image }: WantedWorkload, images: Images, found: Found): Step[] {
  const command = found.images.has(image) ? undefined : images.build(name);
  if (command === undefined) return [];
  return [{ command, changes: [{ action: 'build', on: `image ${name}`, what: 'image', before: null, after: image }] }];
}
