import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Declaration, Workload } from '@run-edges/edges';
import { workloadsOf } from '../deployment/workloads.ts';
import { TargetError } from '../emulator-api.ts';
import { literally } from './literally.ts';

/** Builds whatever has no recipe of its own. */
export const RECIPE = 'infra/docker/Dockerfile';

/** The image of a container: the declared one, or how it is built. */
export function imageOf(workload: Workload, folder: string): object {
  const { name, image, build, source } = workload;
  if (image !== undefined) return { image: literally(image) };
  const built = { image: `run-edges/${name}:local` };
  if (build !== undefined) {
    // All of the folder may be the context.
    const context = build.context === folder ? '.' : below(folder, build.context, `The build context of ${name}`);
    return { ...built, build: { context, dockerfile: literally(relative(build.context, build.dockerfile)) } };
  }
  const folderOfApp = below(folder, source, `The source of ${name}`);
  if (hasDockerfile(source)) return { ...built, build: { context: folderOfApp, dockerfile: 'Dockerfile' } };
  return {
    ...built,
    build: { context: '.', dockerfile: RECIPE, target: 'service', args: { SOURCE: folderOfApp } },
  };
}

/** Whether it is not built as the demo's apps are. */
export function hasOwnImage({ image, build, source }: Workload): boolean {
  return image !== undefined || build !== undefined || hasDockerfile(source);
}

/** What nothing in the folder would build: the recipe is this repository's, and not there in another one. */
export function withoutRecipe(declaration: Declaration, folder: string): readonly string[] {
  if (existsSync(join(folder, RECIPE))) return [];
  return workloadsOf(declaration)
    .filter((workload) => !hasOwnImage(workload))
    .map(({ name }) => name);
}

function hasDockerfile(source: string): boolean {
  return existsSync(join(source, 'Dockerfile'));
}

function below(folder: string, path: string, what: string): string {
  const inside = relative(folder, path);
  if (inside === '' || inside.startsWith('..'))
    throw new TargetError(
      `${what}, ${path}, is not below ${folder}, from which images are built.`,
      'Run this in the folder above both, or name another one in the declaration.',
    );
  return literally(inside);
}
