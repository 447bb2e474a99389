import { dirname, resolve } from 'node:path';
import { isFederated } from '../callers.ts';
import type {
  Accepted,
  Build,
  Calling,
  Declaration,
  EdgeLimit,
  ExternalReceiver,
  Job,
  Never,
  Principal,
  Service,
  WorkerPool,
  Workload,
} from '../declaration.ts';
import { asSender, type WrittenSender } from './complete-sender.ts';
import { defaultServiceAccount, defaultSource, defaults } from './defaults.ts';
import { readNever } from './never.ts';

/** What the file may say, once the schema and the rules have passed it. */
export interface Written {
  readonly services: Readonly<Record<string, WrittenOne<Service>>>;
  readonly jobs?: Readonly<Record<string, WrittenOne<Job>>>;
  readonly workerPools?: Readonly<Record<string, WrittenOne<WorkerPool>>>;
  readonly principals?: Readonly<Record<string, WrittenOne<Principal>>>;
  readonly external?: Readonly<Record<string, Partial<ExternalReceiver> & Pick<ExternalReceiver, 'url'>>>;
  readonly senders?: Readonly<Record<string, WrittenSender>>;
  readonly accepted?: readonly Accepted[];
  readonly never?: readonly string[];
}

type WrittenEdge = string | ({ readonly to: string } & Partial<EdgeLimit>);

type WrittenOne<T> = Partial<Omit<T, 'name' | 'calls' | 'build'>> & {
  readonly calls?: readonly WrittenEdge[];
  readonly build?: Partial<Build> & Pick<Build, 'context'>;
};

/** The declaration with every default filled in. A part that the file does not have is absent. */
export function complete(written: Written, file: string): Declaration {
  const folder = dirname(resolve(file));
  const { services, jobs, workerPools, principals, external, senders, accepted, never } = written;
  return {
    file,
    services: each(services, (name, one) => asService(name, one, folder)),
    ...(jobs && { jobs: each(jobs, (name, one) => asJob(name, one, folder)) }),
    ...(workerPools && { workerPools: each(workerPools, (name, one) => asWorkerPool(name, one, folder)) }),
    ...(principals && { principals: each(principals, asPrincipal) }),
    ...(external && { external: each(external, asExternal) }),
    ...(senders && { senders: each(senders, asSender) }),
    ...(accepted && { accepted: accepted.map(asAccepted) }),
    ...(never && { never: never.map((text) => readNever(text) as Never) }),
  };
}

function each<From, To>(written: Readonly<Record<string, From>>, make: (name: string, one: From) => To): To[] {
  return Object.entries(written).map(([name, one]) => make(name, one));
}

function asService(name: string, written: WrittenOne<Service>, folder: string): Service {
  return {
    ...asWorkload(name, written, folder),
    ...asStarted(written),
    public: written.public ?? defaults.public,
    ingress: written.ingress ?? (defaults.ingress as Service['ingress']),
    audiences: [...(written.audiences ?? [])],
    minInstances: written.minInstances ?? defaults.minInstances,
    maxInstances: written.maxInstances ?? defaults.maxInstances,
    concurrency: written.concurrency ?? defaults.concurrency,
    ...(written.http2 !== undefined && { http2: written.http2 }),
  };
}

function asJob(name: string, written: WrittenOne<Job>, folder: string): Job {
  return {
    ...asWorkload(name, written, folder),
    ...(written.command && { command: [...written.command] }),
    tasks: written.tasks ?? defaults.tasks,
    parallelism: written.parallelism ?? defaults.parallelism,
    maxRetries: written.maxRetries ?? defaults.maxRetries,
    timeout: written.timeout ?? defaults.timeout,
  };
}

function asWorkerPool(name: string, written: WrittenOne<WorkerPool>, folder: string): WorkerPool {
  return {
    ...asWorkload(name, written, folder),
    ...asStarted(written),
    instances: written.instances ?? defaults.instances,
  };
}

function asWorkload(name: string, written: WrittenOne<Workload>, folder: string): Omit<Workload, 'command'> {
  const { serviceAccount = defaultServiceAccount(name), source = defaultSource(name), image, build, regions } = written;
  return {
    ...asCalling(name, written),
    serviceAccount,
    source: resolve(folder, source),
    ...(image !== undefined && { image }),
    ...(build && { build: asBuild(build, folder) }),
    env: { ...written.env },
    ...(regions && { regions: [...regions] }),
  };
}

function asStarted({ command }: WrittenOne<Workload>): Pick<Workload, 'command'> {
  return command === undefined ? {} : { command: typeof command === 'string' ? command : [...command] };
}

function asBuild(
  { context, dockerfile = defaults.dockerfile }: NonNullable<WrittenOne<Workload>['build']>,
  folder: string,
) {
  const inside = resolve(folder, context);
  return { context: inside, dockerfile: resolve(inside, dockerfile) };
}

function asPrincipal(name: string, { member = '', ...written }: WrittenOne<Principal>): Principal {
  const account = isFederated(member) ? { serviceAccount: written.serviceAccount ?? defaultServiceAccount(name) } : {};
  return { ...asCalling(name, written), member, ...account };
}

function asCalling(name: string, { calls = [], owner }: WrittenOne<Calling>): Calling {
  const limits = calls.flatMap((edge): [string, EdgeLimit][] => {
    if (typeof edge === 'string' || (edge.paths === undefined && edge.until === undefined)) return [];
    const { to, paths = [], until } = edge;
    return [[to, { paths: [...paths], ...(until !== undefined && { until }) }]];
  });
  return {
    name,
    calls: calls.map((edge) => (typeof edge === 'string' ? edge : edge.to)),
    ...(limits.length > 0 && { limits: Object.fromEntries(limits) }),
    ...(owner !== undefined && { owner }),
  };
}

function asExternal(
  name: string,
  { url, audience = url, owner }: NonNullable<Written['external']>[string],
): ExternalReceiver {
  return { name, url, audience, ...(owner !== undefined && { owner }) };
}

function asAccepted({ member, on, reason, until }: Accepted): Accepted {
  return { member, on, reason, ...(until !== undefined && { until }) };
}
