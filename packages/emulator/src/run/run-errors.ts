import { GoogleError } from '../api/google-error.ts';
import type { Project } from '../identity/project.ts';

export function notFound(kind: 'SERVICE' | 'REVISION', name: string, { id, region }: Project): GoogleError {
  return new GoogleError(
    'NOT_FOUND',
    `Resource '${name}' of kind '${kind}' in region '${region}' in project '${id}' does not exist.`,
  );
}

export function serviceExists(name: string): GoogleError {
  return new GoogleError('ALREADY_EXISTS', `Resource '${name}' already exists.`);
}

export function revisionExists(name: string): GoogleError {
  return new GoogleError('ALREADY_EXISTS', `Revision named '${name}' with different configuration already exists.`);
}

/** Somebody else changed it meanwhile. */
export function conflict(name: string, specified: string, current: string): GoogleError {
  return new GoogleError(
    'ABORTED',
    `Conflict for resource '${name}': version '${specified}' was specified but current version is '${current}'.`,
  );
}
