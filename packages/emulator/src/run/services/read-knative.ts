import { defaultAccount } from '../../identity/accounts/accounts.ts';
import type { Project } from '../../identity/project.ts';
import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import type { DesiredService } from './deployed-service.ts';
import { annotation, type Container, type KnativeService, type RevisionTemplate } from './knative.ts';
import { knativeServiceSchema } from './knative-schema.ts';
import { withProbes } from './probes.ts';
import { InvalidField } from './run-errors.ts';

type Sent = Partial<Pick<KnativeService, 'status'>> & {
  readonly metadata: Partial<KnativeService['metadata']> & { readonly name: string };
  readonly spec: { readonly template: RevisionTemplate; readonly traffic?: KnativeService['spec']['traffic'] };
};

const check = shapeCheck<Sent>(knativeServiceSchema);

/** Annotations that are Cloud Run's to write. */
const written: ReadonlySet<string> = new Set([
  annotation.creator,
  annotation.lastModifier,
  annotation.urls,
  'run.googleapis.com/operation-id',
  annotation.ingressStatus,
]);

/** What a v1 body asks for, with Cloud Run's defaults filled in, and the version that it was read at. @throws GoogleError */
export function readKnative(body: unknown, project: Project): { desired: DesiredService; version: string | undefined } {
  const { metadata, spec } = check(body);
  if (metadata.namespace !== undefined && ![project.id, project.number].includes(metadata.namespace))
    throw new InvalidField(
      'metadata.namespace',
      `"${metadata.namespace}" is not the project in the path, ${project.id}.`,
    );
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !written.has(name));
  const traffic = (spec.traffic ?? []).map(({ url: _, ...target }) => target);
  return {
    version: metadata.resourceVersion === '' ? undefined : metadata.resourceVersion,
    desired: {
      metadata: {
        name: metadata.name,
        labels: metadata.labels ?? {},
        annotations: { [annotation.ingress]: 'all', ...Object.fromEntries(annotations) },
      },
      spec: {
        template: withDefaults(spec.template, project),
        traffic: traffic.length === 0 ? [{ latestRevision: true, percent: 100 }] : traffic,
      },
    },
  };
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/RevisionSpec */
export function withDefaults({ metadata, spec }: RevisionTemplate, project: Project): RevisionTemplate {
  const account = spec.serviceAccountName ?? '';
  return {
    ...(metadata === undefined ? {} : { metadata }),
    spec: {
      ...spec,
      serviceAccountName: account === '' ? defaultAccount(project) : account,
      containerConcurrency: spec.containerConcurrency ?? 80,
      timeoutSeconds: spec.timeoutSeconds ?? 300,
      containers: spec.containers.map(containerWithDefaults),
    },
  };
}

export function containerWithDefaults(container: Container): Container {
  return withProbes({
    ...container,
    ports:
      container.ports === undefined || container.ports.length === 0
        ? [{ name: 'http1', containerPort: 8080 }]
        : container.ports,
    resources: { ...container.resources, limits: { cpu: '1000m', memory: '512Mi', ...container.resources?.limits } },
  });
}
