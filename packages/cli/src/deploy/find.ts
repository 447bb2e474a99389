import {
  accountBindings,
  type Binding,
  liveAccounts,
  liveServices,
  type Policy,
  projectBindings,
} from '../deployment/live.ts';
import type { Place } from '../deployment/place.ts';
import { MANAGED_BY } from '../deployment/wanted.ts';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { REPOSITORY } from './images.ts';
import { type Asked, type Found, NOTHING } from './plan.ts';

/** Looks at what there is already; writes nothing. The APIs are on. */
export async function findDeployment(gcloud: Gcloud, asked: Asked): Promise<Found> {
  const { wanted, tester, databases, cloudSql, images } = asked;
  const { place } = wanted;
  const { project } = place;
  const named = new Set(wanted.services.map(({ name }) => name));
  const [accounts, services, built] = await Promise.all([
    liveAccounts(gcloud, project),
    liveServices(gcloud, place, (service) => named.has(service)),
    images.built ? builtImages(gcloud, asked) : NOTHING,
  ]);
  const existing = accounts.filter(({ email }) => wanted.accounts.some((account) => account.email === email));
  return {
    repository: built.repository,
    images: built.images,
    accounts,
    services,
    accountBindings: await bindingsOf(tester === undefined ? [] : existing.map(({ email }) => email), (email) =>
      accountBindings(gcloud, email, project),
    ),
    secretBindings: await bindingsOf(Object.values(databases), async (secret) => {
      const policy = await gcloud.json<Policy>(['secrets', 'get-iam-policy', secret, `--project=${project}`]);
      return policy.bindings ?? [];
    }),
    projectBindings: cloudSql === undefined ? [] : await projectBindings(gcloud, project),
  };
}

async function bindingsOf(
  names: readonly string[],
  read: (name: string) => Promise<readonly Binding[]>,
): Promise<ReadonlyMap<string, readonly Binding[]>> {
  return new Map(await Promise.all([...new Set(names)].map(async (name) => [name, await read(name)] as const)));
}

async function builtImages(gcloud: Gcloud, { images, wanted }: Asked): Promise<Pick<Found, 'repository' | 'images'>> {
  const { project, region } = wanted.place;
  const repositories = await gcloud.json<{ name: string }[]>([
    ...['artifacts', 'repositories', 'list', `--location=${region}`, `--project=${project}`],
  ]);
  if (!repositories.some(({ name }) => name.split('/').at(-1) === REPOSITORY))
    return { repository: false, images: new Set() };
  const tags = await gcloud.json<{ image: string; tag: string }[]>([
    ...['artifacts', 'docker', 'tags', 'list', images.prefix, `--project=${project}`],
  ]);
  return { repository: true, images: new Set(tags.map(({ image, tag }) => `${image}:${tag.split('/').at(-1)}`)) };
}

/** Whether there is an image repository with our mark. */
export async function ourRepository(
  gcloud: Gcloud,
  { project, region }: Pick<Place, 'project' | 'region'>,
): Promise<boolean> {
  const repositories = await gcloud.json<{ name: string; labels?: Record<string, string> }[]>([
    ...['artifacts', 'repositories', 'list', `--location=${region}`, `--project=${project}`],
  ]);
  return repositories.some(
    ({ name, labels }) => name.split('/').at(-1) === REPOSITORY && labels?.['managed-by'] === MANAGED_BY,
  );
}
