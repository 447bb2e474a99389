import { createHash } from 'node:crypto';
import type { Condition, KnativeService, ObjectMeta, ServiceSpec, ServiceStatus } from './knative.ts';

/** What a service is made of in the v1 API: the template's history, and the way of its requests. Both bear its name. */
interface Derived<Kind extends string, Spec, Status> {
  readonly apiVersion: 'serving.knative.dev/v1';
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status: Status & Pick<ServiceStatus, 'observedGeneration' | 'conditions'>;
}

type LatestRevisions = Pick<ServiceStatus, 'latestCreatedRevisionName' | 'latestReadyRevisionName'>;
export type Configuration = Derived<'Configuration', Pick<ServiceSpec, 'template'>, LatestRevisions>;
export type Route = Derived<'Route', Pick<ServiceSpec, 'traffic'>, Pick<ServiceStatus, 'traffic' | 'url' | 'address'>>;

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.configurations */
export function configurationOf({ metadata, spec, status }: KnativeService): Configuration {
  const { observedGeneration, conditions, latestCreatedRevisionName, latestReadyRevisionName } = status;
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Configuration',
    metadata: metadataOf('configurations', metadata),
    spec: { template: spec.template },
    status: {
      observedGeneration,
      conditions: readiness(conditions, 'ConfigurationsReady'),
      ...(latestCreatedRevisionName === undefined ? {} : { latestCreatedRevisionName }),
      ...(latestReadyRevisionName === undefined ? {} : { latestReadyRevisionName }),
    },
  };
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.routes */
export function routeOf({ metadata, spec, status }: KnativeService): Route {
  const { observedGeneration, conditions, traffic, url, address } = status;
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Route',
    metadata: metadataOf('routes', metadata),
    spec: { traffic: spec.traffic },
    status: { observedGeneration, conditions: readiness(conditions, 'RoutesReady'), traffic, url, address },
  };
}

function metadataOf(kind: 'configurations' | 'routes', service: ObjectMeta): ObjectMeta {
  const digest = createHash('sha256').update(`${kind}/${service.uid}`).digest('hex');
  return {
    ...service,
    uid: digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5'),
    selfLink: service.selfLink.replace('/services/', `/${kind}/`),
    labels: { ...service.labels, 'serving.knative.dev/service': service.name },
  };
}

/** A stage of the service is the readiness of the part. */
function readiness(conditions: readonly Condition[], stage: string): Condition[] {
  return conditions.filter(({ type }) => type === stage).map((condition) => ({ ...condition, type: 'Ready' }));
}
