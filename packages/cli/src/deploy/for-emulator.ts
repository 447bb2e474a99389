import { DeploymentError } from '../deployment/deployment-error.ts';
import { workloadsOf } from '../deployment/workloads.ts';
import { createGcloud } from '../gcloud/gcloud.ts';
import type { Deployment } from './deployment.ts';

/**
 * The worker pools that gcloud cannot deploy, each with the reason: none at Google. gcloud deploys them by gRPC, which an
 * emulator does not speak.
 * @throws DeploymentError where images would have to be built by an emulator
 */
export async function leftToOthers(deployment: Deployment): Promise<readonly string[]> {
  const { declaration, project, region, imagePrefix, image, dryRun } = deployment;
  const { workerPools = [] } = declaration;
  const given = workloadsOf(declaration).every((one) => image.has(one.name) || one.image !== undefined);
  const builds = imagePrefix === undefined && !given;
  if (dryRun || (!builds && workerPools.length === 0) || !(await isEmulated())) return [];
  if (builds)
    throw new DeploymentError(
      'gcloud is pointed at an emulator, which builds no images; nothing was done.',
      `Add --image-prefix ${region}-docker.pkg.dev/${project}/run-edges: there an image stands for the folder of the service of its name.`,
    );
  return workerPools.map(
    ({ name }) =>
      `${name} is not deployed: gcloud deploys worker pools by gRPC, which an emulator does not speak. run-edges up runs it, and Terraform deploys it there.`,
  );
}

/** An emulator is asked over plain HTTP, as Google is not. */
async function isEmulated(): Promise<boolean> {
  const api =
    process.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN ??
    (await createGcloud()
      .run(['config', 'get', 'api_endpoint_overrides/run'])
      .catch(() => ''));
  return api.trim().startsWith('http://');
}
