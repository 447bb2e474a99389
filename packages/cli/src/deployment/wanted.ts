import {
  type Declaration,
  deterministicUrl,
  environmentOf,
  findCaller,
  invokersOf,
  type Service,
  STRANGER,
  serviceAccountEmail,
} from '@run-edges/edges';
import { keepsItsData } from '../demo.ts';
import type { Place } from './place.ts';

/** How a public service is opened: by a binding for allUsers, or by no check at all, where an organisation forbids those. */
export type PublicAccess = 'all-users' | 'no-iam-check';

export interface Settings {
  /** Reference of each service's image, by service. */
  readonly imageOf: (service: string) => string;
  /** Secret Manager's secrets that hold a DATABASE_URL, by service. */
  readonly databases: ReadonlyMap<string, string>;
  /** Connection name of a Cloud SQL instance. */
  readonly cloudSql?: string;
  /** True when no service keeps data in its container, so that it may have as many instances as declared. */
  readonly stateless: boolean;
  readonly publicAccess: PublicAccess;
}

/** A Cloud Run service as it shall be. */
export interface WantedService {
  readonly name: string;
  /** The deterministic URL. */
  readonly url: string;
  readonly image: string;
  /** E-mail of its service account. */
  readonly account: string;
  readonly env: Readonly<Record<string, string>>;
  /** Environment variables that come from secrets, as `secret:version`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly cloudSql: string;
  readonly ingress: Service['ingress'];
  readonly audiences: readonly string[];
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly concurrency: number;
  /** False: everybody is let in without a look at IAM. */
  readonly invokerCheck: boolean;
  /** Who has roles/run.invoker on it, and nobody else. */
  readonly invokers: readonly string[];
}

/** Everything that a declaration asks of a project. */
export interface Wanted {
  readonly place: Place;
  /** Receivers before their callers, where calls make no circle. */
  readonly services: readonly WantedService[];
  /** One account for each service, and the stranger, who is refused everywhere. */
  readonly accounts: readonly { readonly id: string; readonly email: string; readonly displayName: string }[];
  /** Services that are kept to one instance, because their data is in the container. */
  readonly oneInstance: readonly string[];
}

/** What marks everything that run-edges makes; nothing else is ever taken away. */
export const MANAGED_BY = 'run-edges';

export function wantedDeployment(declaration: Declaration, place: Place, settings: Settings): Wanted {
  const emailOf = (service: string) => serviceAccountEmail(accountIdOf(declaration, service), place.project);
  const urlOf = (service: string) => deterministicUrl(service, place);
  const keepsToOne = (service: Service) =>
    service.maxInstances > 1 && !settings.stateless && !settings.databases.has(service.name) && keepsItsData(service);
  const services = receiversFirst(declaration).map((service): WantedService => {
    const { name } = service;
    const database = settings.databases.get(name);
    const checked = !service.public || settings.publicAccess === 'all-users';
    return {
      name,
      url: urlOf(name),
      image: settings.imageOf(name),
      account: emailOf(name),
      env: environmentOf(declaration, name, { urlOf, emailOf }),
      secrets: database === undefined ? {} : { DATABASE_URL: `${database}:latest` },
      cloudSql: database === undefined ? '' : (settings.cloudSql ?? ''),
      ingress: service.ingress,
      audiences: service.audiences,
      minInstances: service.minInstances,
      maxInstances: keepsToOne(service) ? 1 : service.maxInstances,
      concurrency: service.concurrency,
      invokerCheck: checked,
      invokers: [
        ...(service.public && checked ? ['allUsers'] : []),
        ...invokersOf(declaration, name).map((caller) => `serviceAccount:${emailOf(caller)}`),
      ],
    };
  });
  return {
    place,
    services,
    accounts: [
      ...declaration.services.map(({ name, serviceAccount }) => ({
        id: serviceAccount,
        email: emailOf(name),
        displayName: `run-edges: ${name}`,
      })),
      {
        id: STRANGER,
        email: serviceAccountEmail(STRANGER, place.project),
        displayName: 'run-edges: the stranger, whom no edge names',
      },
    ],
    oneInstance: declaration.services.filter(keepsToOne).map(({ name }) => name),
  };
}

/** The account id of a service, or of the stranger. */
export function accountIdOf(declaration: Declaration, caller: string): string {
  return findCaller(declaration, caller)?.serviceAccount ?? caller;
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
