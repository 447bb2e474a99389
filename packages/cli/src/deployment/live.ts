import type { Gcloud } from '../gcloud/gcloud.ts';
import type { LiveService } from './live-service.ts';
import { type KnativeService, readService } from './live-service.ts';
import type { Place } from './place.ts';
import { MANAGED_BY } from './wanted.ts';

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title?: string; readonly expression: string };
}

export interface LiveAccount {
  readonly email: string;
  readonly ours: boolean;
}

/** What there is in the project, as far as it concerns edges. */
export interface Live {
  readonly services: readonly LiveService[];
  readonly accounts: readonly LiveAccount[];
}

export interface Policy {
  readonly bindings?: readonly Binding[];
}

interface Account {
  readonly email: string;
  readonly description?: string;
}

/** The number of a project. @throws GcloudError when there is none, or it may not be seen */
export async function projectNumber(gcloud: Gcloud, project: string): Promise<string> {
  return (await gcloud.run(['projects', 'describe', project, '--format=value(projectNumber)'])).trim();
}

export async function enabledApis(gcloud: Gcloud, project: string): Promise<ReadonlySet<string>> {
  const printed = await gcloud.run([
    'services',
    'list',
    '--enabled',
    '--format=value(config.name)',
    `--project=${project}`,
  ]);
  return new Set(printed.split('\n').filter((line) => line !== ''));
}

export async function liveAccounts(gcloud: Gcloud, project: string): Promise<LiveAccount[]> {
  const accounts = await gcloud.json<Account[]>(['iam', 'service-accounts', 'list', `--project=${project}`]);
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
  const at = [`--region=${region}`, `--project=${project}`];
  const listed = await gcloud.json<KnativeService[]>(['run', 'services', 'list', ...at]);
  return Promise.all(
    listed.map(async (service) => {
      const { name } = service.metadata;
      const policy = withPolicies(name)
        ? await gcloud.json<Policy>(['run', 'services', 'get-iam-policy', name, ...at])
        : {};
      return readService(service, policy.bindings ?? []);
    }),
  );
}

/** Accounts that services of the project's other regions run as. */
export async function accountsElsewhere(
  gcloud: Gcloud,
  { project, region }: Pick<Place, 'project' | 'region'>,
): Promise<ReadonlySet<string>> {
  const listed = await gcloud.json<KnativeService[]>(['run', 'services', 'list', `--project=${project}`]);
  const elsewhere = listed.filter(({ metadata }) => metadata.labels?.['cloud.googleapis.com/location'] !== region);
  return new Set(elsewhere.map((service) => readService(service, []).account));
}

export async function projectBindings(gcloud: Gcloud, project: string): Promise<readonly Binding[]> {
  return (await gcloud.json<Policy>(['projects', 'get-iam-policy', project])).bindings ?? [];
}

export async function accountBindings(gcloud: Gcloud, email: string, project: string): Promise<readonly Binding[]> {
  const policy = await gcloud.json<Policy>([
    'iam',
    'service-accounts',
    'get-iam-policy',
    email,
    `--project=${project}`,
  ]);
  return policy.bindings ?? [];
}
