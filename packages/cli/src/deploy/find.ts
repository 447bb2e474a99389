import {
  accountBindings,
  liveAccounts,
  liveJobs,
  liveServices,
  liveWorkerPools,
  projectBindings,
} from '../deployment/live.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import type { Place } from '../deployment/place.ts';
import type { Binding } from '../gcloud/binding.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { printed } from '../gcloud/gcloud-answers.ts';
import { GcloudError } from '../gcloud/gcloud-error.ts';
import { findSenders } from '../senders/live-senders.ts';
import type { Asked } from './asked.ts';
import { type Found, NOTHING } from './found.ts';
import { REPOSITORY } from './images.ts';

/** Looks at what there is already; writes nothing. @param enabled The APIs that are on: the others hide what they keep */
export async function findDeployment(gcloud: Gcloud, asked: Asked, enabled: ReadonlySet<string>): Promise<Found> {
  const { wanted, tester, databases, cloudSql, images } = asked;
  const { place } = wanted;
  const { project } = place;
  const run = enabled.has('run.googleapis.com');
  const [accounts, services, jobs, workerPools, built] = await Promise.all([
    enabled.has('iam.googleapis.com') ? liveAccounts(gcloud, project) : [],
    run ? inRegionsOf(wanted.services, (region, has) => liveServices(gcloud, { project, region }, has)) : [],
    run ? inRegionsOf(wanted.jobs, (region) => liveJobs(gcloud, { project, region })) : [],
    run ? inRegionsOf(wanted.workerPools, (region) => liveWorkerPools(gcloud, { project, region })) : [],
    images.built && enabled.has('artifactregistry.googleapis.com') ? builtImages(gcloud, asked) : NOTHING,
  ]);
  const secrets = enabled.has('secretmanager.googleapis.com') ? [...databases.values()] : [];
  const looked = wanted.accounts.filter(
    ({ email }) => tester !== undefined || wanted.federated.some((grant) => grant.email === email),
  );
  const existing = accounts.filter(({ email }) => looked.some((account) => account.email === email));
  return {
    repository: built.repository,
    images: built.images,
    accounts,
    services,
    jobs,
    workerPools,
    senders: await findSenders(gcloud, wanted.senders, { place, enabled, accounts }),
    accountBindings: await bindingsOf(
      existing.map(({ email }) => email),
      (email) => accountBindings(gcloud, email, project),
    ),
    secretBindings: await bindingsOf(secrets, async (secret) => {
      const policy = await gcloud.json(['secrets', 'get-iam-policy', secret, `--project=${project}`], printed.policy);
      return policy.bindings ?? [];
    }),
    projectBindings:
      cloudSql === undefined || !enabled.has('cloudresourcemanager.googleapis.com')
        ? []
        : await projectBindings(gcloud, project),
  };
}

/** What there is in each region in which something is wanted. @param read told the region, and what is wanted there */
async function inRegionsOf<T>(
  wanted: readonly { readonly name: string; readonly region: string }[],
  read: (region: string, isWanted: (name: string) => boolean) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const regions = Map.groupBy(wanted, ({ region }) => region);
  const found = await Promise.all(
    [...regions].map(([region, here]) => read(region, (name) => here.some((one) => one.name === name))),
  );
  return found.flat();
}

async function bindingsOf(
  names: readonly string[],
  read: (name: string) => Promise<readonly Binding[]>,
): Promise<ReadonlyMap<string, readonly Binding[]>> {
  return new Map(await Promise.all([...new Set(names)].map(async (name) => [name, await read(name)] as const)));
}

async function builtImages(gcloud: Gcloud, { images, wanted }: Asked): Promise<Pick<Found, 'repository' | 'images'>> {
  const { place } = wanted;
  const repository = (await repositories(gcloud, place)).some(({ name }) => name === REPOSITORY);
  if (!repository) return { repository, images: new Set() };
  const list = ['artifacts', 'docker', 'tags', 'list', images.prefix, `--project=${place.project}`];
  const tags = await gcloud.json(list, printed.tags);
  return { repository, images: new Set(tags.map(({ image, tag }) => `${image}:${tag.split('/').at(-1)}`)) };
}

/** Whether there is an image repository with our mark. */
export async function ourRepository(gcloud: Gcloud, at: Pick<Place, 'project' | 'region'>): Promise<boolean> {
  return (await repositories(gcloud, at)).some(
    ({ name, managedBy }) => name === REPOSITORY && managedBy === MANAGED_BY,
  );
}

async function repositories(
  gcloud: Gcloud,
  { project, region }: Pick<Place, 'project' | 'region'>,
): Promise<{ name: string | undefined; managedBy: string | undefined }[]> {
  const listed = await gcloud
    .json(['artifacts', 'repositories', 'list', `--location=${region}`, `--project=${project}`], printed.repositories)
    .catch((error: unknown) => {
      // An emulator keeps no images.
      if (error instanceof GcloudError && error.kind === 'not-found') return [];
      throw error;
    });
  return listed.map(({ name, labels }) => ({ name: name.split('/').at(-1), managedBy: labels?.['managed-by'] }));
}
