import {
  type Caller,
  callersOf,
  type Declaration,
  type DeclaredBinding,
  declaredBindings,
  deterministicUrl,
  environmentOf,
  memberOf,
  type Service,
  serviceAccountEmail,
  sourceOf,
  type Workload,
} from '@run-edges/edges';
import type { OwnApps } from '../own-apps.ts';
import { type WantedSenders, wantedSenders } from '../senders/wanted-senders.ts';
import type { Place } from './place.ts';
import { nearestRegion, regionsOf } from './regions.ts';
import { type FederatedGrant, federatedGrants, type WantedAccount, wantedAccounts } from './wanted-accounts.ts';

/** How a public service is opened: by a binding for allUsers, or by no check at all, where an organisation forbids those. */
export type PublicAccess = 'all-users' | 'no-iam-check';

export interface Settings {
  /** Reference of the image of each that runs, by its name. */
  readonly imageOf: (workload: string) => string;
  /** Secret Manager's secrets that hold a DATABASE_URL, by service. */
  readonly databases: ReadonlyMap<string, string>;
  /** Connection name of a Cloud SQL instance. */
  readonly cloudSql?: string;
  /** Which services keep data in their containers, unless they have a database, so that more instances would each have their own. */
  readonly keepsData?: OwnApps['has'] | undefined;
  readonly publicAccess: PublicAccess;
}

/** What runs in a container in one region, as it shall be. */
export interface WantedWorkload {
  readonly name: string;
  readonly region: string;
  readonly image: string;
  /** E-mail of its service account. */
  readonly account: string;
  readonly env: Readonly<Record<string, string>>;
  /** Environment variables that come from secrets, as `secret:version`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly cloudSql: string;
}

/** A Cloud Run service as it shall be. */
export interface WantedService extends WantedWorkload {
  /** The deterministic URL. */
  readonly url: string;
  readonly ingress: Service['ingress'];
  readonly audiences: readonly string[];
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly concurrency: number;
  /** Undefined: as it is, and HTTP/1.1 where there is nothing yet. */
  readonly http2?: boolean | undefined;
  /** False: everybody is let in without a look at IAM. */
  readonly invokerCheck: boolean;
  /** Who has roles/run.invoker on it, and when; and nobody else. */
  readonly grants: readonly DeclaredBinding[];
}

/** A Cloud Run job as it shall be. */
export interface WantedJob extends WantedWorkload {
  /** Empty: the image's own. */
  readonly command: readonly string[];
  readonly tasks: number;
  /** 0: as many as there are. */
  readonly parallelism: number;
  readonly maxRetries: number;
  /** Seconds. */
  readonly timeout: number;
}

/** A Cloud Run worker pool as it shall be. */
export interface WantedWorkerPool extends WantedWorkload {
  readonly instances: number;
}

/** Everything that a declaration asks of a project. */
export interface Wanted {
  readonly place: Place;
  /** Receivers before their callers, where calls make no circle; each once in every region of its own. */
  readonly services: readonly WantedService[];
  readonly jobs: readonly WantedJob[];
  readonly workerPools: readonly WantedWorkerPool[];
  /** One for each identity of this project, and the stranger's, who is refused everywhere. */
  readonly accounts: readonly WantedAccount[];
  /** Who of other identity providers acts as which account. */
  readonly federated: readonly FederatedGrant[];
  /** Topics, subscriptions, queues, schedules and triggers, and who may use them. */
  readonly senders: WantedSenders;
  /** Services that are kept to one instance, because their data is in the container. */
  readonly oneInstance: readonly string[];
}

export function wantedDeployment(declaration: Declaration, place: Place, settings: Settings): Wanted {
  const { jobs = [], workerPools = [] } = declaration;
  const base = (one: Workload, region: string) =>
    wantedWorkload(declaration, one, { ...place, region, home: place.region }, settings);
  const keptToOne = (service: Service) => isKeptToOne(service, settings);
  return {
    place,
    services: receiversFirst(declaration).flatMap((service) =>
      regionsOf(service, place).map((region): WantedService => {
        const checked = !service.public || settings.publicAccess === 'all-users';
        return {
          ...base(service, region),
          url: deterministicUrl(service.name, { number: place.number, region }),
          ingress: service.ingress,
          audiences: service.audiences,
          minInstances: service.minInstances,
          maxInstances: keptToOne(service) ? 1 : service.maxInstances,
          concurrency: service.concurrency,
          http2: service.http2,
          invokerCheck: checked,
          grants: wantedGrants(declaration, service, { place, checked }),
        };
      }),
    ),
    jobs: jobs.flatMap((job) =>
      regionsOf(job, place).map((region): WantedJob => {
        const { command = [], tasks, parallelism, maxRetries, timeout } = job;
        return { ...base(job, region), command, tasks, parallelism, maxRetries, timeout };
      }),
    ),
    workerPools: workerPools.flatMap((pool) =>
      regionsOf(pool, place).map((region): WantedWorkerPool => ({ ...base(pool, region), instances: pool.instances })),
    ),
    accounts: wantedAccounts(declaration, place),
    federated: federatedGrants(declaration, place),
    senders: wantedSenders(declaration, place),
    oneInstance: declaration.services.filter(keptToOne).map(({ name }) => name),
  };
}

function wantedWorkload(
  declaration: Declaration,
  workload: Workload,
  place: Place & { readonly home: string },
  { imageOf, databases, cloudSql = '' }: Settings,
): WantedWorkload {
  const { name, serviceAccount } = workload;
  const database = databases.get(name);
  return {
    name,
    region: place.region,
    image: imageOf(name),
    account: serviceAccountEmail(serviceAccount, place.project),
    env: environmentOf(declaration, name, {
      urlOf: (service) => deterministicUrl(service, { ...place, region: nearestRegion(declaration, service, place) }),
      emailOf: (caller) => serviceAccountEmail(accountIdOf(declaration, caller), place.project),
      sourceOf: (sender) => sourceOf(sender, { projectId: place.project, region: place.home }),
    }),
    secrets: database === undefined ? {} : { DATABASE_URL: `${database}:latest` },
    cloudSql: database === undefined ? '' : cloudSql,
  };
}

/** Everybody who is let in is, in every region. Where the check is off there is nobody whom that would let in. */
function wantedGrants(
  declaration: Declaration,
  { name }: Service,
  { place, checked }: { place: Place; checked: boolean },
): readonly DeclaredBinding[] {
  const grants = declaredBindings(declaration, name, (caller) => memberOf(caller, place.project));
  if (checked) return grants;
  return grants
    .map((grant) => ({ ...grant, members: grant.members.filter((member) => member !== 'allUsers') }))
    .filter(({ members }) => members.length > 0);
}

/** What the file says of instances counts. */
function isKeptToOne(service: Service, { keepsData, databases }: Settings): boolean {
  return service.maxInstances === CLOUD_RUNS_OWN && !databases.has(service.name) && (keepsData?.(service) ?? false);
}

/** The most instances of a service that says nothing. */
const CLOUD_RUNS_OWN = 100;

/** The account id of a caller, or of the stranger. */
export function accountIdOf(declaration: Declaration, caller: string): string {
  return callersOf(declaration).find(({ name }: Caller) => name === caller)?.serviceAccount ?? caller;
}

/** So that whoever is deployed finds those that it calls. */
function receiversFirst({ services }: Declaration): readonly Service[] {
  const ordered = new Set<Service>();
  const underWay = new Set<Service>();
  const visit = (service: Service): void => {
    if (ordered.has(service) || underWay.has(service)) return;
    underWay.add(service);
    for (const called of services) if (service.calls.includes(called.name)) visit(called);
    ordered.add(service);
  };
  for (const service of services) visit(service);
  return [...ordered];
}
