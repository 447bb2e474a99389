import type { Project } from '../../identity/project.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';

/** A field that Cloud Run does not take as it is, by its path: `spec.template.spec.containers[0].image`. */
export class InvalidField extends GoogleError {
  readonly field: string;
  readonly description: string;

  constructor(field: string, description: string) {
    super('INVALID_ARGUMENT', `${field}: ${description}`, [
      { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ description, field }] },
    ]);
    this.field = field;
    this.description = description;
  }
}

export function notFound(
  kind: 'SERVICE' | 'REVISION' | 'CONFIGURATION' | 'ROUTE' | 'JOB' | 'EXECUTION' | 'TASK' | 'WORKERPOOL',
  name: string,
  { id, region }: Project,
): GoogleError {
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
