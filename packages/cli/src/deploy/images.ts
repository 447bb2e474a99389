import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { type Declaration, imageRepository, type Workload } from '@run-edges/edges';
import { DeploymentError } from '../deployment/deployment-error.ts';
import { MANAGED_BY } from '../deployment/managed-by.ts';
import { workloadsOf } from '../deployment/workloads.ts';
import type { Command } from '../gcloud/command.ts';
import { gcloudList } from '../gcloud/gcloud-list.ts';

export interface ImageFlags {
  /** Where images are that exist already; without it they are built. */
  readonly imagePrefix?: string;
  readonly tag?: string;
  /** References of images that exist, by service, job or worker pool. */
  readonly image: ReadonlyMap<string, string>;
}

export interface Images {
  /** What is given with --image, else what the declaration says, else what is built. */
  imageOf(workload: string): string;
  /** True when they have to be there before services can be deployed. */
  readonly built: boolean;
  /** Where they are: all before `/SERVICE:TAG`. */
  readonly prefix: string;
  /** Artifact Registry's Docker repository in which they are kept. */
  readonly createRepository: Command;
  /** Undefined where the image is given. */
  build(workload: string): Command | undefined;
}

/** The Artifact Registry repository of built images. */
export const REPOSITORY = 'run-edges';

/**
 * Built images are named by the commit that they were built from, so that a second deployment builds nothing again.
 * @throws DeploymentError when there is no commit that stands for what would be built
 */
export async function imagesOf(
  declaration: Declaration,
  { project, region }: { project: string; region: string },
  flags: ImageFlags,
): Promise<Images> {
  const prefix = flags.imagePrefix ?? imageRepository(project, region);
  const workloads = workloadsOf(declaration);
  const given = new Map([
    ...workloads.flatMap(({ name, image }) => (image === undefined ? [] : [[name, image] as const])),
    ...flags.image,
  ]);
  const built = flags.imagePrefix === undefined && workloads.some(({ name }) => !given.has(name));
  const tag = flags.tag ?? (built ? await commit() : 'latest');
  const imageOf = (workload: string) => given.get(workload) ?? `${prefix}/${workload}:${tag}`;
  return {
    imageOf,
    built,
    prefix,
    createRepository: [
      ...['artifacts', 'repositories', 'create', REPOSITORY, '--repository-format=docker'],
      ...[`--labels=managed-by=${MANAGED_BY}`, `--location=${region}`, `--project=${project}`],
    ],
    build(name) {
      const workload = workloads.find((one) => one.name === name);
      if (given.has(name) || workload === undefined) return undefined;
      const how = buildFlags(declaration, workload, imageOf(name));
      return ['builds', 'submit', ...how, `--region=${region}`, `--project=${project}`];
    },
  };
}

/** What goes to Cloud Build, and how it is built there. */
function buildFlags(declaration: Declaration, { name, source, build }: Workload, image: string): readonly string[] {
  if (build !== undefined) {
    const context = folderOf(name, 'build context', build.context);
    const dockerfile = relative(build.context, build.dockerfile);
    if (dockerfile === 'Dockerfile') return [context, `--tag=${image}`];
    return [
      ...[context, `--config=${shown(RECIPE)}`],
      `--substitutions=${gcloudList([`_DOCKERFILE=${dockerfile}`, `_IMAGE=${image}`])}`,
    ];
  }
  const folder = folderOf(name, 'source', source);
  if (existsSync(join(folder, 'Dockerfile'))) return [folder, `--tag=${image}`];
  const config = buildConfig(declaration.file);
  if (config === undefined) return [folder, `--pack=image=${image}`];
  return ['.', `--config=${config}`, `--substitutions=${gcloudList([`_SOURCE=${folder}`, `_IMAGE=${image}`])}`];
}

/** Cloud Build finds by itself a Dockerfile that is called so, and stands at the top. */
const RECIPE = join(dirname(module.findPackageJSON(import.meta.url) ?? ''), 'recipes', 'dockerfile.yaml');

/**
 * A folder below the working directory: all of it goes to Cloud Build, so that a declaration must not name what is beside
 * the project, nor by a link.
 */
function folderOf(name: string, what: string, folder: string): string {
  const real = existsSync(folder) ? relative(realpathSync('.'), realpathSync(folder)) : relative('.', folder);
  if (real === '..' || real.startsWith(`..${sep}`))
    throw new DeploymentError(
      `The ${what} of ${name}, ${folder}, is not below this folder, from which images are built.`,
      'Run this in the folder above both, name another one in the declaration, or give the image with --image.',
    );
  // gcloud would take a folder of such a name for a flag.
  return shown(folder).replace(/^-/, './-');
}

/** How services are built whose folders have no Dockerfile of their own: one recipe beside the declaration. */
function buildConfig(declaration: string): string | undefined {
  const file = join(dirname(declaration), 'docker', 'cloudbuild.yaml');
  return existsSync(file) ? shown(file) : undefined;
}

function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

async function commit(): Promise<string> {
  const git = async (...args: readonly string[]) => (await promisify(execFile)('git', args)).stdout.trim();
  const mend = 'Commit first, or name the images with --tag.';
  const changed = await git('status', '--porcelain').catch(() => {
    throw new DeploymentError('No git commit says what would be built.', mend);
  });
  if (changed !== '')
    throw new DeploymentError('There are changes that no commit has, so no commit names the images.', mend);
  return git('rev-parse', '--short=12', 'HEAD');
}
