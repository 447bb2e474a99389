import { isDeepStrictEqual } from 'node:util';
import type { Project } from '../../identity/project.ts';
import type { DeployedService, DesiredService } from './deployed-service.ts';
import { annotation, type KnativeRevision, type KnativeService } from './knative.ts';
import { newRevision } from './new-objects.ts';
import { revisionExists } from './run-errors.ts';
import { conditions } from './status.ts';

/** Who asks for a change, and how. */
export interface Change {
  /** An e-mail, or a whole member. */
  readonly by: string;
  /** What would be is answered, and nothing is done. */
  readonly dryRun?: boolean;
  /** A new revision also where the template is as before. */
  readonly newRevision?: boolean;
  /** What was asked for before, and is not up yet, is given up. Else it is tried to its end. */
  readonly supersede?: boolean;
}

/** Annotations that the service itself wrote once. */
const KEPT: readonly string[] = [annotation.creator, annotation.urls];

/**
 * A service as it is when a change was asked for and nothing was done about it yet, and the revision that it wants.
 * @throws GoogleError ALREADY_EXISTS for the name of another revision
 */
export function askedFor(
  { service, revisions }: DeployedService,
  desired: DesiredService,
  { by, newRevision: always = false }: Change,
  project: Project,
): { readonly service: KnativeService; readonly revision: KnativeRevision | undefined } {
  const { metadata, spec, status } = service;
  const kept = Object.entries(metadata.annotations).filter(([name]) => KEPT.includes(name));
  const generation = metadata.generation + 1;
  const changed = always || revisions.length === 0 || !saysTheSame(desired.spec.template, spec.template);
  const revision = changed ? newRevision(desired, generation, project, by) : undefined;
  if (revisions.some((one) => one.metadata.name === revision?.metadata.name))
    throw revisionExists(revision?.metadata.name ?? '');
  return {
    revision,
    service: {
      ...service,
      metadata: {
        ...metadata,
        labels: { ...desired.metadata.labels, 'cloud.googleapis.com/location': project.region },
        annotations: {
          ...desired.metadata.annotations,
          ...Object.fromEntries(kept),
          [annotation.ingressStatus]: desired.metadata.annotations[annotation.ingress] ?? 'all',
          [annotation.lastModifier]: by,
        },
        generation,
      },
      spec: desired.spec,
      status: {
        ...status,
        observedGeneration: generation,
        conditions: conditions(new Date().toISOString(), { status: 'Unknown' }),
        ...(revision === undefined ? {} : { latestCreatedRevisionName: revision.metadata.name }),
      },
    },
  };
}

/** Maps of a template: an empty one, or an empty list, is none, as some clients write out whatever they might have said. */
const MAPS: ReadonlySet<string> = new Set(['annotations', 'labels', 'limits', 'nodeSelector']);

function saysTheSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutEmpty(one), withoutEmpty(other));
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const said = Object.entries(value).filter(([name, held]) => held !== undefined && !isEmpty(name, held));
  return Object.fromEntries(said.map(([name, held]) => [name, withoutEmpty(held)]));
}

function isEmpty(name: string, held: unknown): boolean {
  return Array.isArray(held) ? held.length === 0 : MAPS.has(name) && Object.keys(Object(held)).length === 0;
}
