import { printable } from '@run-edges/edges';
import { DeploymentError } from '../deployment/deployment-error.ts';
import { enabledApis, projectNumber } from '../deployment/live.ts';
import type { Place } from '../deployment/place.ts';
import { runPlan } from '../deployment/run-plan.ts';
import { type Wanted, wantedDeployment } from '../deployment/wanted.ts';
import { createGcloud } from '../gcloud/gcloud.ts';
import { PROJECT_NUMBER } from '../gcloud/shell-command.ts';
import { tellingGcloud } from '../gcloud/telling-gcloud.ts';
import { print } from '../terminal/output.ts';
import type { Deployment } from './deployment.ts';
import { findDeployment } from './find.ts';
import { type Images, imagesOf } from './images.ts';
import { type Asked, type Found, NOTHING, planApis, planDeployment, undeclared } from './plan.ts';
import { deploymentScript } from './script.ts';
import { tryDeployment } from './try-deployment.ts';

/**
 * Brings the project to what is declared, or prints how.
 * @returns whether the edges were tried and are as declared; true where trying was not asked for
 * @throws DeploymentError, GcloudError
 */
export async function deploy(deployment: Deployment): Promise<boolean> {
  const { declaration, project, region } = deployment;
  await refuseBuilding(deployment);
  const images = await imagesOf(declaration, { project, region }, deployment);
  if (deployment.dryRun) {
    const asked = asking(deployment, images, { project, region, number: PROJECT_NUMBER });
    const sections = [...planApis(asked, new Set()), ...planDeployment(asked, NOTHING)];
    print(deploymentScript(sections, asked.wanted.place));
    return true;
  }
  const say = print;
  const gcloud = tellingGcloud(say);
  say('# What there is already');
  const asked = asking(deployment, images, { project, region, number: await projectNumber(gcloud, project) });
  const apis = await enabledApis(gcloud, project);
  // What an API keeps is seen only when it is on.
  const first = planApis(asked, apis);
  await runPlan(gcloud, first, say);
  const found = await findDeployment(gcloud, asked);
  const sections = planDeployment(asked, found);
  await runPlan(gcloud, sections, say);
  say('');
  const changed = first.length + sections.length > 0;
  if (!changed) say('Everything is there as declared: nothing was changed.');
  sayWhatToKnow(asked.wanted, found, deployment, say);
  return deployment.wait === 0 || tryDeployment(gcloud, deployment, { changed, say });
}

/** An emulator, which is asked over plain HTTP as Google is not, builds no images. @throws DeploymentError */
async function refuseBuilding({ declaration, project, region, imagePrefix, image, dryRun }: Deployment): Promise<void> {
  if (dryRun || imagePrefix !== undefined || declaration.services.every(({ name }) => image.has(name))) return;
  const api =
    process.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN ??
    (await createGcloud()
      .run(['config', 'get', 'api_endpoint_overrides/run'])
      .catch(() => ''));
  if (!api.trim().startsWith('http://')) return;
  throw new DeploymentError(
    'gcloud is pointed at an emulator, which builds no images; nothing was done.',
    `Add --image-prefix ${region}-docker.pkg.dev/${project}/run-edges: there an image stands for the folder of the service of its name.`,
  );
}

function asking(deployment: Deployment, images: Images, place: Place): Asked {
  const { declaration, databases, cloudSql, tester } = deployment;
  const given = {
    ...deployment,
    imageOf: images.imageOf,
    ...(cloudSql === undefined ? {} : { cloudSql }),
  };
  return {
    wanted: wantedDeployment(declaration, place, given as typeof given & { cloudSql: string }),
    images,
    databases,
    ...(cloudSql === undefined ? {} : { cloudSql }),
    ...(tester === undefined ? {} : { tester }),
    prune: deployment.prune,
    adopt: deployment.adopt,
  };
}

function sayWhatToKnow(
  wanted: Wanted,
  found: Found,
  { prune, project, region }: Deployment,
  say: (line: string) => void,
): void {
  if (wanted.oneInstance.length > 0)
    say(
      `${wanted.oneInstance.join(', ')}: one instance each, with SQLite in the container, whose data ends with the instance. --database SERVICE=SECRET gives PostgreSQL; --stateless says that there is no data.`,
    );
  const theirs = found.accounts.filter(
    ({ email, ours }) => !ours && wanted.accounts.some((one) => one.email === email),
  );
  for (const { email } of theirs)
    say(`${printable(email)} was there already: it is used as it is, and destroy leaves it.`);
  const extra = prune ? [] : undeclared(wanted, found);
  for (const { service, member } of extra) say(`${service} also lets in ${printable(member)}, which no edge declares.`);
  if (extra.length > 0)
    say(`Take that away with --prune, or: run-edges verify --project ${project} --region ${region} --fix`);
  for (const { name, url } of wanted.services) say(`${name}: ${url}`);
}
