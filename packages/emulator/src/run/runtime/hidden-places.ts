import { mkdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';

/**
 * Where run-edges keeps what makes somebody the developer: the emulator's token, and the credentials that
 * `run-edges env` writes.
 */
export function developerFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'run-edges');
}

/** Files and folders that no service is shown, beside the state of the others. */
export function hiddenPlaces(): string[] {
  const { CLOUDSDK_CONFIG = '', GOOGLE_APPLICATION_CREDENTIALS = '' } = process.env;
  makeNow(developerFolder());
  return [
    developerFolder(),
    join(homedir(), '.config', 'gcloud'),
    ...[CLOUDSDK_CONFIG, GOOGLE_APPLICATION_CREDENTIALS].filter((path) => path !== ''),
    // Daemons listen there that run for their user what they are told to, outside of every namespace.
    `/run/user/${process.getuid?.()}`,
    '/run/docker.sock',
    '/run/podman',
  ].map((path) => resolve(path));
}

/** A process that runs already could read what comes to be later. */
function makeNow(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // Then nobody can keep anything there, the developer neither.
  }
}

/** Whether the path is this folder or below it, wherever symbolic links lead. */
export function holds(folder: string, path: string): boolean {
  const [outer, inner] = [real(folder), real(path)];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
