import type { Binding } from '../gcloud/binding.ts';
import { gcloudList } from '../gcloud/gcloud-list.ts';
import type { LiveService } from './live-service.ts';
import type { Place } from './place.ts';
import { MANAGED_BY, type WantedService } from './wanted.ts';

/** Arguments of gcloud. */
export type Command = readonly string[];

export const INVOKER = 'roles/run.invoker';
export const TOKEN_CREATOR = 'roles/iam.serviceAccountTokenCreator';

type At = Pick<Place, 'project' | 'region'>;

const regional = ({ project, region }: At) => [`--region=${region}`, `--project=${project}`];

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

/**
 * Creates the service, or brings it to what is wanted. Flags that say the default are left out unless the live service
 * says otherwise.
 */
export function deployService(wanted: WantedService, live: LiveService | undefined, at: At): Command {
  const flags: string[] = [`--image=${wanted.image}`, `--service-account=${wanted.account}`];
  const differing = <K extends keyof WantedService & keyof LiveService>(key: K, byDefault: WantedService[K]) =>
    String(wanted[key]) !== String(live?.[key] ?? byDefault);
  // On a service that is there already this flag would close a public one for a moment.
  if (live === undefined) flags.push('--no-allow-unauthenticated');
  if (!wanted.invokerCheck) flags.push('--no-invoker-iam-check');
  else if (live?.invokerCheck === false) flags.push('--invoker-iam-check');
  flags.push(`--set-env-vars=${variables(wanted.env)}`);
  if (Object.keys(wanted.secrets).length > 0) flags.push(`--set-secrets=${variables(wanted.secrets)}`);
  else if (Object.keys(live?.secrets ?? {}).length > 0) flags.push('--clear-secrets');
  if (wanted.cloudSql !== '') flags.push(`--set-cloudsql-instances=${wanted.cloudSql}`);
  else if ((live?.cloudSql ?? '') !== '') flags.push('--clear-cloudsql-instances');
  if (wanted.audiences.length > 0) flags.push(`--set-custom-audiences=${gcloudList(wanted.audiences)}`);
  else if ((live?.audiences.length ?? 0) > 0) flags.push('--clear-custom-audiences');
  if (wanted.ingress !== 'all' || differing('ingress', 'all')) flags.push(`--ingress=${wanted.ingress}`);
  if (wanted.minInstances !== 0 || differing('minInstances', 0)) flags.push(`--min-instances=${wanted.minInstances}`);
  // What Cloud Run takes by default depends on the project's quota.
  flags.push(`--max-instances=${wanted.maxInstances}`);
  if (wanted.concurrency !== 80 || differing('concurrency', 80)) flags.push(`--concurrency=${wanted.concurrency}`);
  return ['run', 'deploy', wanted.name, ...flags, `--labels=managed-by=${MANAGED_BY}`, ...regional(at)];
}

export function deleteService(service: string, at: At): Command {
  return ['run', 'services', 'delete', service, '--quiet', ...regional(at)];
}

/** @param beside The policy's bindings: where one has a condition, gcloud wants to hear that this one has none. */
export function grantInvoker(service: string, member: string, beside: readonly Binding[], at: At): Command {
  const none = beside.some(({ condition }) => condition !== undefined) ? ['--condition=None'] : [];
  return onPolicy('add-iam-policy-binding', service, [`--member=${member}`, `--role=${INVOKER}`, ...none], at);
}

/** Takes a role on one service from a member, under whatever condition. */
export function revokeRole(service: string, member: string, role: string, at: At): Command {
  return onPolicy('remove-iam-policy-binding', service, [`--member=${member}`, `--role=${role}`, '--all'], at);
}

export function revokeProjectRole(member: string, role: string, { project }: At): Command {
  return [...['projects', 'remove-iam-policy-binding', project], ...[`--member=${member}`, `--role=${role}`, '--all']];
}

export function updateService(service: string, flag: string, at: At): Command {
  return ['run', 'services', 'update', service, flag, ...regional(at)];
}

function onPolicy(verb: string, service: string, flags: readonly string[], at: At): Command {
  return ['run', 'services', verb, service, ...flags, ...regional(at)];
}

function variables(values: Readonly<Record<string, string>>): string {
  return gcloudList(Object.entries(values).map(([name, value]) => `${name}=${value}`));
}
