import type { Binding, Condition } from '../gcloud/binding.ts';
import type { Command } from '../gcloud/command.ts';
import { gcloudList } from '../gcloud/gcloud-list.ts';
import type { LiveService } from './live-service.ts';
import type { LiveJob, LiveWorkerPool } from './live-workloads.ts';
import { MANAGED_BY } from './managed-by.ts';
import type { Place } from './place.ts';
import type { WantedJob, WantedService, WantedWorkerPool, WantedWorkload } from './wanted.ts';

export const INVOKER = 'roles/run.invoker';
export const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';
export const WORKLOAD_IDENTITY_USER = 'roles/iam.workloadIdentityUser';

type At = Pick<Place, 'project' | 'region'>;
type Of = Pick<Place, 'project'>;

export const regional = ({ project, region }: At) => [`--region=${region}`, `--project=${project}`];

export function enableApis(apis: readonly string[], { project }: At): Command {
  return ['services', 'enable', ...apis, `--project=${project}`];
}

export function createAccount(account: { id: string; displayName: string }, { project }: At): Command {
  return [
    ...['iam', 'service-accounts', 'create', account.id],
    `--display-name=${account.displayName}`,
    `--description=managed-by=${MANAGED_BY}`,
    `--project=${project}`,
  ];
}

export function deleteAccount(email: string, { project }: At): Command {
  return ['iam', 'service-accounts', 'delete', email, '--quiet', `--project=${project}`];
}

/** Lets a member act as the account: what trying an edge as that service takes. */
export function grantActing(email: string, member: string, { project }: At): Command {
  return [
    ...['iam', 'service-accounts', 'add-iam-policy-binding', email],
    ...[`--member=${member}`, `--role=${TOKEN_CREATOR}`, `--project=${project}`],
  ];
}

/** Lets a member of another identity provider become the account. @param beside the bindings of the account's policy */
export function grantFederated(email: string, member: string, beside: readonly Binding[], { project }: Of): Command {
  return [
    ...['iam', 'service-accounts', 'add-iam-policy-binding', email, `--member=${member}`],
    ...[`--role=${WORKLOAD_IDENTITY_USER}`, ...unconditional(beside), `--project=${project}`],
  ];
}

/** Takes a role on an account from a member, under whatever condition. */
export function revokeOnAccount(email: string, member: string, role: string, { project }: Of): Command {
  return [
    ...['iam', 'service-accounts', 'remove-iam-policy-binding', email],
    ...[`--member=${member}`, `--role=${role}`, '--all', `--project=${project}`],
  ];
}

export function deleteKey(email: string, key: string, { project }: Of): Command {
  return [
    'iam',
    'service-accounts',
    'keys',
    'delete',
    key,
    `--iam-account=${email}`,
    '--quiet',
    `--project=${project}`,
  ];
}

/**
 * Creates the service, or brings it to what is wanted. Flags that say the default are left out unless the live service
 * says otherwise.
 */
export function deployService(wanted: WantedService, live: LiveService | undefined, at: At): Command {
  const flags = identityFlags(wanted);
  const differing = <K extends keyof WantedService & keyof LiveService>(key: K, byDefault: WantedService[K]) =>
    String(wanted[key]) !== String(live?.[key] ?? byDefault);
  // On a service that is there already this flag would close a public one for a moment.
  if (live === undefined) flags.push('--no-allow-unauthenticated');
  if (!wanted.invokerCheck) flags.push('--no-invoker-iam-check');
  else if (live?.invokerCheck === false) flags.push('--invoker-iam-check');
  flags.push(...containerFlags(wanted, live));
  if (wanted.audiences.length > 0) flags.push(`--set-custom-audiences=${gcloudList(wanted.audiences)}`);
  else if ((live?.audiences.length ?? 0) > 0) flags.push('--clear-custom-audiences');
  if (wanted.ingress !== 'all' || differing('ingress', 'all')) flags.push(`--ingress=${wanted.ingress}`);
  if (wanted.minInstances !== 0 || differing('minInstances', 0)) flags.push(`--min-instances=${wanted.minInstances}`);
  // What Cloud Run takes by default depends on the project's quota.
  flags.push(`--max-instances=${wanted.maxInstances}`);
  if (wanted.concurrency !== 80 || differing('concurrency', 80)) flags.push(`--concurrency=${wanted.concurrency}`);
  if (wanted.http2 === true) flags.push('--use-http2');
  else if (wanted.http2 === false && live?.http2 === true) flags.push('--no-use-http2');
  return ['run', 'deploy', wanted.name, ...flags, MARK, ...regional(at)];
}

/** Worker pools have left beta in newer releases of gcloud, and are in beta there, too. */
export const WORKER_POOLS = ['beta', 'run', 'worker-pools'] as const;

/** Creates the job, or brings it to what is wanted; it is not executed. */
export function deployJob(wanted: WantedJob, live: LiveJob | undefined, at: At): Command {
  const flags = [...identityFlags(wanted), ...containerFlags(wanted, live)];
  if (wanted.command.length > 0) flags.push(`--command=${gcloudList(wanted.command)}`);
  else if ((live?.command ?? []).length > 0) flags.push('--command=');
  flags.push(`--tasks=${wanted.tasks}`);
  if (wanted.parallelism !== (live?.parallelism ?? 0)) flags.push(`--parallelism=${wanted.parallelism}`);
  flags.push(`--max-retries=${wanted.maxRetries}`, `--task-timeout=${wanted.timeout}s`);
  return ['run', 'jobs', 'deploy', wanted.name, ...flags, MARK, ...regional(at)];
}

/** Creates the worker pool, or brings it to what is wanted. */
export function deployWorkerPool(wanted: WantedWorkerPool, live: LiveWorkerPool | undefined, at: At): Command {
  const flags = [...identityFlags(wanted), ...containerFlags(wanted, live), `--scaling=${wanted.instances}`];
  return [...WORKER_POOLS, 'deploy', wanted.name, ...flags, MARK, ...regional(at)];
}

const MARK = `--labels=managed-by=${MANAGED_BY}`;

function identityFlags({ image, account }: WantedWorkload): string[] {
  return [`--image=${image}`, `--service-account=${account}`];
}

function containerFlags(
  wanted: WantedWorkload,
  live: Pick<WantedWorkload, 'env' | 'secrets' | 'cloudSql'> | undefined,
): string[] {
  const flags: string[] = [];
  if (Object.keys(wanted.env).length > 0) flags.push(`--set-env-vars=${variables(wanted.env)}`);
  else if (Object.keys(live?.env ?? {}).length > 0) flags.push('--clear-env-vars');
  if (Object.keys(wanted.secrets).length > 0) flags.push(`--set-secrets=${variables(wanted.secrets)}`);
  else if (Object.keys(live?.secrets ?? {}).length > 0) flags.push('--clear-secrets');
  if (wanted.cloudSql !== '') flags.push(`--set-cloudsql-instances=${wanted.cloudSql}`);
  else if ((live?.cloudSql ?? '') !== '') flags.push('--clear-cloudsql-instances');
  return flags;
}

export function deleteJob(job: string, at: At): Command {
  return ['run', 'jobs', 'delete', job, '--quiet', ...regional(at)];
}

export function deleteWorkerPool(pool: string, at: At): Command {
  return [...WORKER_POOLS, 'delete', pool, '--quiet', ...regional(at)];
}

export function deleteService(service: string, at: At): Command {
  return ['run', 'services', 'delete', service, '--quiet', ...regional(at)];
}

/** @param beside the policy's bindings @param condition on which alone it is granted */
export function grantInvoker(
  service: string,
  member: string,
  beside: readonly Binding[],
  at: At,
  condition?: Condition,
): Command {
  const when = condition === undefined ? unconditional(beside) : [conditionFlag(condition)];
  return onPolicy('add-iam-policy-binding', service, [`--member=${member}`, `--role=${INVOKER}`, ...when], at);
}

/** Where a policy has a condition, gcloud wants to hear that another binding has none. */
function unconditional(beside: readonly Binding[]): readonly string[] {
  return beside.some(({ condition }) => condition !== undefined) ? [conditionFlag(undefined)] : [];
}

/** How gcloud tells bindings of the same role apart. */
function conditionFlag(condition: Condition | undefined): string {
  if (condition === undefined) return '--condition=None';
  const { expression, title = '', description = '' } = condition;
  const parts = [
    `expression=${expression}`,
    `title=${title}`,
    ...(description === '' ? [] : [`description=${description}`]),
  ];
  return `--condition=${gcloudList(parts)}`;
}

/** Takes a role on one service from a member, under whatever condition. */
export function revokeRole(service: string, member: string, role: string, at: At): Command {
  return onPolicy('remove-iam-policy-binding', service, [`--member=${member}`, `--role=${role}`, '--all'], at);
}

/** Takes one binding of a role on one service from a member, and leaves those under other conditions. */
export function revokeBinding(
  service: string,
  member: string,
  role: string,
  condition: Condition | undefined,
  at: At,
): Command {
  const flags = [`--member=${member}`, `--role=${role}`, conditionFlag(condition)];
  return onPolicy('remove-iam-policy-binding', service, flags, at);
}

export function revokeProjectRole(member: string, role: string, { project }: Of): Command {
  return [...['projects', 'remove-iam-policy-binding', project], ...[`--member=${member}`, `--role=${role}`, '--all']];
}

export function updateService(service: string, flag: string, at: At): Command {
  return ['run', 'services', 'update', service, flag, ...regional(at)];
}

export function updateJob(job: string, flag: string, at: At): Command {
  return ['run', 'jobs', 'update', job, flag, ...regional(at)];
}

export function updateWorkerPool(pool: string, flag: string, at: At): Command {
  return [...WORKER_POOLS, 'update', pool, flag, ...regional(at)];
}

function onPolicy(verb: string, service: string, flags: readonly string[], at: At): Command {
  return ['run', 'services', verb, service, ...flags, ...regional(at)];
}

function variables(values: Readonly<Record<string, string>>): string {
  return gcloudList(Object.entries(values).map(([name, value]) => `${name}=${value}`));
}
