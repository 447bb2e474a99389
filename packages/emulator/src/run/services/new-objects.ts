import { randomInt, randomUUID } from 'node:crypto';
import { deterministicUrl } from '@run-edges/edges';
import type { Project } from '../../identity/project.ts';
import type { DesiredService } from './deployed-service.ts';
import { annotation, type KnativeRevision, type KnativeService, type ObjectMeta } from './knative.ts';

/** A service of which nothing is asked yet. @param by who makes it: an e-mail */
export function newService(name: string, project: Project, by: string): KnativeService {
  // Until it is known where its gate is.
  const url = deterministicUrl(name, project);
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      ...newMetadata('serving.knative.dev', 'services', name, project),
      annotations: { [annotation.creator]: by },
    },
    spec: { template: { spec: { containers: [] } }, traffic: [] },
    status: { observedGeneration: 0, conditions: [], traffic: [], url, address: { url } },
  };
}

/** The revision that a template asks for. @param generation of the service */
export function newRevision(
  desired: DesiredService,
  generation: number,
  project: Project,
  by: string,
): KnativeRevision {
  const { metadata: service, spec } = desired;
  const given = spec.template.metadata?.name ?? '';
  const name = given === '' ? `${service.name}-${`${generation}`.padStart(5, '0')}-${threeLetters()}` : given;
  const metadata = newMetadata('serving.knative.dev', 'revisions', name, project);
  const condition = { type: 'Ready', status: 'Unknown', lastTransitionTime: metadata.creationTimestamp } as const;
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata: {
      ...metadata,
      generation: 1,
      labels: {
        ...spec.template.metadata?.labels,
        'serving.knative.dev/service': service.name,
        'serving.knative.dev/configuration': service.name,
        'serving.knative.dev/configurationGeneration': `${generation}`,
        'cloud.googleapis.com/location': project.region,
      },
      annotations: { ...spec.template.metadata?.annotations, [annotation.creator]: by },
    },
    spec: spec.template.spec,
    status: { observedGeneration: 1, conditions: [condition] },
  };
}

let versions = 0;

/** Differs from every one before it. */
export function newVersion(): string {
  return Buffer.from(`${Date.now().toString(36)}.${++versions}`).toString('base64url');
}

/** The metadata of an object that is new. @param group as in `serving.knative.dev` @param plural as in `services` */
export function newMetadata(group: string, plural: string, name: string, project: Project): ObjectMeta {
  return {
    name,
    namespace: project.number,
    uid: randomUUID(),
    generation: 0,
    resourceVersion: newVersion(),
    creationTimestamp: new Date().toISOString(),
    selfLink: `/apis/${group}/v1/namespaces/${project.number}/${plural}/${name}`,
    labels: {},
    annotations: {},
  };
}

const LETTERS = 'bcdfghjklmnpqrstvwxz';

/** Revision names end so; without vowels they spell nothing. */
function threeLetters(): string {
  return Array.from({ length: 3 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
