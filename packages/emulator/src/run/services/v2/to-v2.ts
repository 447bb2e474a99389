import type { Project } from '../../../identity/project.ts';
import {
  annotation,
  type Condition,
  type Container,
  isTrue,
  type KnativeRevision,
  type KnativeService,
  type RevisionTemplate,
  type TrafficTarget,
} from '../knative.ts';
import { serviceName } from '../status.ts';
import { more, present, usersOwn, v1 } from './annotations.ts';

type Fields = Record<string, unknown>;

const ingresses: Readonly<Record<string, string>> = {
  all: 'INGRESS_TRAFFIC_ALL',
  internal: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
  'internal-and-cloud-load-balancing': 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
};

/** A service as the v2 API shows it. @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services#Service */
export function toV2({ metadata, spec, status }: KnativeService, project: Project): Fields {
  const { annotations } = metadata;
  const name = serviceName(metadata.name, project);
  const revision = (short: string | undefined) => short && `${name}/revisions/${short}`;
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const scaling = present({
    minInstanceCount: numberIn(annotations[annotation.serviceMinScale]),
    maxInstanceCount: numberIn(annotations[annotation.serviceMaxScale]),
    manualInstanceCount: numberIn(annotations[v1.manualInstanceCount]),
    scalingMode: annotations[v1.scalingMode]?.toUpperCase(),
  } as Record<string, unknown>);
  return present<unknown>({
    name,
    description: annotations[v1.description],
    uid: metadata.uid,
    generation: `${metadata.generation}`,
    labels: filled(usersOwn(metadata.labels)),
    annotations: filled(usersOwn(annotations)),
    createTime: metadata.creationTimestamp,
    updateTime: ready?.lastTransitionTime ?? metadata.creationTimestamp,
    creator: annotations[annotation.creator],
    lastModifier: annotations[annotation.lastModifier],
    client: annotations[v1.client],
    clientVersion: annotations[v1.clientVersion],
    ingress: ingresses[annotations[annotation.ingress] ?? 'all'],
    launchStage: annotations[v1.launchStage] ?? 'GA',
    template: templateToV2(spec.template),
    traffic: spec.traffic.map(trafficToV2),
    scaling: filled(scaling),
    invokerIamDisabled: isTrue(annotations[annotation.invokerIamDisabled]) || undefined,
    defaultUriDisabled: isTrue(annotations[annotation.defaultUrlDisabled]) || undefined,
    customAudiences:
      annotations[annotation.customAudiences] && JSON.parse(annotations[annotation.customAudiences] ?? '[]'),
    ...more(annotations),
    urls: JSON.parse(annotations[annotation.urls] ?? '[]'),
    observedGeneration: `${status.observedGeneration}`,
    terminalCondition: ready && conditionToV2(ready),
    conditions: status.conditions.filter(({ type }) => type !== 'Ready').map(conditionToV2),
    latestReadyRevision: revision(status.latestReadyRevisionName),
    latestCreatedRevision: revision(status.latestCreatedRevisionName),
    trafficStatuses: status.traffic.map((target) => ({ ...trafficToV2(target), ...present({ uri: target.url }) })),
    uri: status.url,
    reconciling: ready?.status === 'Unknown' || undefined,
    etag: etagOf(metadata),
  });
}

export function revisionToV2({ metadata, spec, status }: KnativeRevision, project: Project): Fields {
  const service = metadata.labels['serving.knative.dev/service'] ?? '';
  const { revision: _, ...template } = templateToV2({ metadata, spec });
  return present<unknown>({
    ...template,
    name: `${serviceName(service, project)}/revisions/${metadata.name}`,
    uid: metadata.uid,
    generation: `${metadata.generation}`,
    createTime: metadata.creationTimestamp,
    creator: metadata.annotations[annotation.creator],
    launchStage: 'GA',
    service,
    conditions: status.conditions.map(conditionToV2),
    observedGeneration: `${status.observedGeneration}`,
    etag: etagOf(metadata),
  });
}

export function etagOf({ resourceVersion }: { readonly resourceVersion: string }): string {
  return `"${resourceVersion}"`;
}

export function templateToV2({ metadata, spec }: RevisionTemplate): Fields {
  const { annotations } = metadata ?? {};
  return present<unknown>({
    revision: metadata?.name,
    labels: filled(usersOwn(metadata?.labels)),
    annotations: filled(usersOwn(annotations)),
    scaling: filled(
      present({
        minInstanceCount: numberIn(annotations?.[annotation.minScale]),
        maxInstanceCount: numberIn(annotations?.[annotation.maxScale]),
      }),
    ),
    timeout: `${spec.timeoutSeconds ?? 300}s`,
    serviceAccount: spec.serviceAccountName,
    containers: spec.containers.map((container) => containerToV2(container, annotations)),
    executionEnvironment: environmentToV2(annotations?.[v1.executionEnvironment]),
    maxInstanceRequestConcurrency: spec.containerConcurrency ?? 80,
    sessionAffinity: isTrue(annotations?.[v1.sessionAffinity]) || undefined,
    // gcloud writes True and False, as Python does.
    healthCheckDisabled: isTrue(annotations?.[annotation.healthCheckDisabled]) || undefined,
    ...more(annotations),
  });
}

export function containerToV2(
  { env, resources, ...same }: Container,
  annotations: Readonly<Record<string, string>> = {},
): Fields {
  return present<unknown>({
    ...same,
    env: env?.map(({ name, value, valueFrom }) => {
      const secret = valueFrom?.secretKeyRef;
      if (secret === undefined) return { name, ...(value === '' ? {} : { value }) };
      return { name, valueSource: { secretKeyRef: { secret: secret.name, version: secret.key } } };
    }),
    resources: present<unknown>({
      limits: resources?.limits,
      cpuIdle: isTrue(annotations[v1.cpuThrottling] ?? 'true') || undefined,
      startupCpuBoost: isTrue(annotations[v1.startupCpuBoost]) || undefined,
    }),
  });
}

function trafficToV2({ latestRevision, revisionName, percent, tag }: TrafficTarget): Fields {
  const kind = latestRevision === true ? 'LATEST' : 'REVISION';
  return present<unknown>({
    type: `TRAFFIC_TARGET_ALLOCATION_TYPE_${kind}`,
    revision: latestRevision === true ? undefined : revisionName,
    percent,
    tag,
  });
}

export function conditionToV2({ type, status, reason, message, lastTransitionTime }: Condition): Fields {
  const state = { True: 'CONDITION_SUCCEEDED', False: 'CONDITION_FAILED', Unknown: 'CONDITION_RECONCILING' }[status];
  return present<unknown>({
    type,
    state,
    message,
    lastTransitionTime,
    ...(reason === 'HealthCheckContainerError'
      ? { revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR' }
      : { reason: reason === undefined ? undefined : 'REVISION_FAILED' }),
  });
}

function environmentToV2(generation: string | undefined): string | undefined {
  return generation === undefined ? undefined : `EXECUTION_ENVIRONMENT_${generation.toUpperCase()}`;
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** Empty objects are not shown. */
export function filled<T extends object>(map: T): T | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}
