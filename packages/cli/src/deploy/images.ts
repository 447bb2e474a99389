import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { type Declaration, imageRepository } from '@run-edges/edges';
import type { Command } from '../deployment/commands.ts';
import { DeploymentError } from '../deployment/deployment-error.ts';
import { MANAGED_BY } from '../deployment/wanted.ts';
import { gcloudList } from '../gcloud/gcloud-list.ts';

export interface ImageFlags {
  /** Where images are that exist already; without it they are built. */
  readonly imagePrefix?: string;
  readonly tag?: string;
  /** References of images that exist, by service. */
  readonly image: ReadonlyMap<string, string>;
}

export interface Images {
  imageOf(service: string): string;
  /** True when they have to be there before services can be deployed. */
  readonly built: boolean;
  /** Where they are: all before `/SERVICE:TAG`. */
  readonly prefix: string;
  /** Artifact Registry's Docker repository in which they are kept. */
  readonly createRepository: Command;
  /** Undefined where the image is given. */
  build(service: string): Command | undefined;
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
  const given = declaration.services.every(({ name }) => flags.image.has(name));
  const built = flags.imagePrefix === undefined && !given;
  const tag = flags.tag ?? (built ? await commit() : 'latest');
  const imageOf = (service: string) => flags.image.get(service) ?? `${prefix}/${service}:${tag}`;
  const config = buildConfig(declaration.file);
  return {
    imageOf,
    built,
    prefix,
    createRepository: [
      ...['artifacts', 'repositories', 'create', REPOSITORY, '--repository-format=docker'],
      ...[`--labels=managed-by=${MANAGED_BY}`, `--location=${region}`, `--project=${project}`],
    ],
    build(service) {
      if (flags.image.has(service)) return undefined;
      const source = sourceOf(declaration, service);
      const image = imageOf(service);
      const how = existsSync(join(source, 'Dockerfile'))
        ? [source, `--tag=${image}`]
        : config === undefined
          ? [source, `--pack=image=${image}`]
          : ['.', `--config=${config}`, `--substitutions=${gcloudList([`_SOURCE=${source}`, `_IMAGE=${image}`])}`];
      return ['builds', 'submit', ...how, `--region=${region}`, `--project=${project}`];
    },
  };
}

/**
 * The folder of a service below the working directory: all of it goes to Cloud Build, so that a declaration must not
 * name what is beside the project, nor by a link.
 */
function sourceOf({ services }: Declaration, service: string): string {
  const source = services.find(({ name }) => name === service)?.source ?? '.';
  const real = existsSync(source) ? relative(realpathSync('.'), realpathSync(source)) : relative('.', source);
  if (real === '..' || real.startsWith(`..${sep}`))
    throw new DeploymentError(
      `The source of ${service}, ${source}, is not below this folder, from which images are built.`,
      'Run this in the folder above both, name another source in the declaration, or give the image with --image.',
    );
  // gcloud would take a folder of such a name for a flag.
  return shown(source).replace(/^-/, './-');
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
