import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * A path as its writer means it. npm runs scripts in the folder of their package.json, wherever it was called: what the
 * script itself says is relative to there, what was written behind it to where the writer stood.
 * https://docs.npmjs.com/cli/v11/using-npm/scripts#environment
 */
export function fromWhereCalled(path: string, env: NodeJS.ProcessEnv = process.env): string {
  // What a script starts elsewhere is none of npm's doing.
  const { npm_package_json: manifest } = env;
  if (!manifest || realOf(dirname(manifest)) !== process.cwd()) return path;
  const { INIT_CWD: byNpm, npm_lifecycle_script: script = '' } = env;
  const folder = wrapperOf(env)?.calledFrom || (script.includes(path) ? undefined : byNpm);
  if (!folder) return path;
  const meant = resolve(folder, path);
  return meant === resolve(path) ? path : meant;
}

/** The same of a file that has to be there; one beside the package.json is taken where there is none. */
export function fileFromWhereCalled(path: string, env: NodeJS.ProcessEnv = process.env): string {
  const meant = fromWhereCalled(path, env);
  return !existsSync(meant) && existsSync(path) ? path : meant;
}

/**
 * What a clone's own scripts say of their caller: they run by way of another package manager, which says so of itself.
 * Nothing in any other project, though its npm was started, some processes up, by such a script.
 */
export function wrapperOf(
  env: NodeJS.ProcessEnv,
): Partial<Record<'calledFrom' | 'script', string | undefined>> | undefined {
  const { RUN_EDGES_CALLED_FROM: calledFrom, RUN_EDGES_CALLED_IN: project, RUN_EDGES_SCRIPT: script } = env;
  return project && realOf(project) === process.cwd() ? { calledFrom, script } : undefined;
}

function realOf(folder: string): string | undefined {
  return existsSync(folder) ? realpathSync(folder) : undefined;
}
