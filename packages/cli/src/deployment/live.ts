import type { Binding } from '../gcloud/binding.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { printed } from '../gcloud/gcloud-answers.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { regional, WORKER_POOLS } from './commands.ts';
import { type LiveService, readService } from './live-service.ts';
import { type LiveJob, type LiveWorkerPool, readJob, readWorkerPool } from './live-workloads.ts';
import { MANAGED_BY } from './managed-by.ts';
import type { Place } from './place.ts';

export interface LiveAccount {
  readonly email: string;
  readonly ours: boolean;
}

/** What there is in the project, as far as it concerns edges. */
export interface Live {
  readonly services: readonly LiveService[];
  readonly accounts: readonly LiveAccount[];
}

/** The number of a project. @throws GcloudError when there is none, or it may not be seen */
export async function projectNumber(gcloud: Gcloud, project: string): Promise<string> {
  const number = (await gcloud.run(['projects', 'describe', project, '--format=value(projectNumber)'])).trim();
  if (/^\d{1,19}$/.test(number)) return number;
  throw notUnderstood(`no number of ${project}`);
}

function notUnderstood(what: string): GcloudError {
  return new GcloudError(
    { kind: 'unknown', message: `gcloud printed ${what}.`, mend: 'Run gcloud components update.' },
    '',
  );
}

export async function enabledApis(gcloud: Gcloud, project: string): Promise<ReadonlySet<string>> {
  const names = await gcloud.run([
    'services',
    'list',
    '--enabled',
    '--format=value(config.name)',
    `--project=${project}`,
  ]);
  const apis = names.split('\n').filter((line) => line !== '');
  if (!apis.every((api) => /^[\w-]+(?:\.[\w-]+)+$/.test(api)))
    throw notUnderstood(`no names of the APIs of ${project}`);
  return new Set(apis);
}

export async function liveAccounts(gcloud: Gcloud, project: string): Promise<LiveAccount[]> {
  const accounts = await gcloud.json(['iam', 'service-accounts', 'list', `--project=${project}`], printed.accounts);
  return accounts.map(({ email, description = '' }) => ({
    email,
    ours: description.includes(`managed-by=${MANAGED_BY}`),
  }));
}

/** Every service of the region, with its policy where it is one of `withPolicies`. */
export async function liveServices(
  gcloud: Gcloud,
  { project, region }: Pick<Place, 'project' | 'region'>,
  withPolicies: (service: string) => boolean,
): Promise<LiveService[]> {
  const at = regional({ project, region });
  const listed = await gcloud.json(['run', 'services', 'list', ...at], printed.services);
  return Promise.all(
    listed.map(async (service) => {
      const { name } = service.metadata;
      const policy = withPolicies(name)
        ? await gcloud.json(['run', 'services', 'get-iam-policy', name, ...at], printed.policy)
        : {};
      return { ...readService(service, policy.bindings ?? []), region };
    }),
  );
}

/** Every job of the region. */
export async function liveJobs(
  gcloud: Gcloud,
  { project, region }: Pick<Place, 'project' | 'region'>,
): Promise<LiveJob[]> {
  const listed = await gcloud.json(['run', 'jobs', 'list', ...regional({ project, region })], printed.jobs);
  return listed.map((job) => ({ ...readJob(job), region }));
}

/** Every worker pool of the region. */
export async function liveWorkerPools(
  gcloud: Gcloud,
  { project, region }: Pick<Place, 'project' | 'region'>,
): Promise<LiveWorkerPool[]> {
  const list = [...WORKER_POOLS, 'list', ...regional({ project, region })];
  const listed = await gcloud.json(list, printed.workerPools);
  return listed.map((pool) => ({ ...readWorkerPool(pool), region }));
}

/** Every service of the project, each with its region and without its policy. */
export async function everyService(gcloud: Gcloud, project: string): Promise<LiveService[]> {
  const listed = await gcloud.json(['run', 'services', 'list', `--project=${project}`], printed.services);
  return listed.map((service) => readService(service, []));
}

/** Every job of the project, each with its region. */
export async function everyJob(gcloud: Gcloud, project: string): Promise<LiveJob[]> {
  const listed = await gcloud.json(['run', 'jobs', 'list', `--project=${project}`], printed.jobs);
  return listed.map(readJob);
}

/** Every worker pool of the project, each with its region. */
export async function everyWorkerPool(gcloud: Gcloud, project: string): Promise<LiveWorkerPool[]> {
  const listed = await gcloud.json([...WORKER_POOLS, 'list', `--project=${project}`], printed.workerPools);
  return listed.map(readWorkerPool);
}

export async function projectBindings(gcloud: Gcloud, project: string): Promise<readonly Binding[]> {
  return (await gcloud.json(['projects', 'get-iam-policy', project], printed.policy)).bindings ?? [];
}

export async function accountBindings(gcloud: Gcloud, email: string, project: string): Promise<readonly Binding[]> {
  const policy = await gcloud.json(
    ['iam', 'service-accounts', 'get-iam-policy', email, `--project=${project}`],
    printed.policy,
  );
  return policy.bindings ?? [];
}
