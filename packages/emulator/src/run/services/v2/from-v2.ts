import type { Project } from '../../../identity/project.ts';
import { shapeCheck } from '../../../internal/google-api/check-shape.ts';
import { ownEntry } from '../../../internal/own-entry.ts';
import type { DesiredService } from '../deployed-service.ts';
import { annotation, type Container, type EnvVar, type RevisionTemplate, type TrafficTarget } from '../knative.ts';
import { withDefaults } from '../read-knative.ts';
import { InvalidField } from '../run-errors.ts';
import { isSystems, present, v1 } from './annotations.ts';
import { enumName, enums } from './enums.ts';
import {
  type ContainerV2,
  type EnvVarV2,
  OUTPUT_ONLY,
  type ServiceV2,
  serviceV2Schema,
  type TemplateV2,
  type TrafficV2,
} from './service-v2.ts';

/** Reads a v2 body. @throws GoogleError INVALID_ARGUMENT */
export const readServiceV2: (body: unknown) => ServiceV2 = shapeCheck<ServiceV2>(serviceV2Schema);

const ingresses: Readonly<Record<string, string>> = {
  INGRESS_TRAFFIC_ALL: 'all',
  INGRESS_TRAFFIC_INTERNAL_ONLY: 'internal',
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: 'internal-and-cloud-load-balancing',
};

/** What a v2 service asks for, in the form in which services are kept. @throws GoogleError INVALID_ARGUMENT */
export function fromV2(name: string, service: ServiceV2, project: Project): DesiredService {
  const { labels, annotations, client, clientVersion, description, customAudiences = [], scaling, ...others } = service;
  const { ingress, launchStage, template, traffic, invokerIamDisabled, defaultUriDisabled, ...rest } = others;
  refuseSystems('annotations', annotations);
  refuseSystems('labels', labels);
  const { name: _name, etag: _etag, ...unmapped } = rest as Record<string, unknown>;
  for (const field of OUTPUT_ONLY) delete unmapped[field];
  const ingressName = enumName(enums.ingress, ingress, 'service.ingress') ?? 'INGRESS_TRAFFIC_ALL';
  const stage = enumName(enums.launchStage, launchStage, 'service.launch_stage');
  return {
    metadata: {
      name,
      labels: labels ?? {},
      annotations: present({
        ...annotations,
        [annotation.ingress]: ownEntry(ingresses, ingressName) ?? ingressName,
        [annotation.customAudiences]: customAudiences.length === 0 ? undefined : JSON.stringify(customAudiences),
        [annotation.invokerIamDisabled]: invokerIamDisabled === true ? 'true' : undefined,
        [annotation.defaultUrlDisabled]: defaultUriDisabled === true ? 'true' : undefined,
        [annotation.serviceMinScale]: countOf(scaling?.minInstanceCount),
        [annotation.serviceMaxScale]: countOf(scaling?.maxInstanceCount),
        [v1.manualInstanceCount]: countOf(scaling?.manualInstanceCount),
        [v1.scalingMode]: enumName(
          enums.scalingMode,
          scaling?.scalingMode,
          'service.scaling.scaling_mode',
        )?.toLowerCase(),
        [v1.description]: textOf(description),
        [v1.client]: textOf(client),
        [v1.clientVersion]: textOf(clientVersion),
        [v1.launchStage]: stage,
        [v1.more]: jsonOf(unmapped),
      }),
    },
    spec: {
      template: withDefaults(templateFromV2(template ?? {}), project),
      traffic:
        traffic === undefined || traffic.length === 0
          ? [{ latestRevision: true, percent: 100 }]
          : traffic.map(trafficFromV2),
    },
  };
}

/** A template in the form in which it is kept; nothing is filled in. */
export function templateFromV2(template: TemplateV2): RevisionTemplate {
  const { revision, labels, annotations, scaling, timeout, serviceAccount, containers = [], ...others } = template;
  const { executionEnvironment, maxInstanceRequestConcurrency, sessionAffinity, healthCheckDisabled, ...unmapped } =
    others;
  refuseSystems('template.annotations', annotations);
  refuseSystems('template.labels', labels);
  const environment = enumName(
    enums.executionEnvironment,
    executionEnvironment,
    'service.template.execution_environment',
  );
  const resources = containers[0]?.resources;
  const metadata = present<string | Readonly<Record<string, string>>>({
    name: textOf(revision),
    labels,
    annotations: present({
      ...annotations,
      [annotation.minScale]: countOf(scaling?.minInstanceCount),
      [annotation.maxScale]: countOf(scaling?.maxInstanceCount),
      [v1.executionEnvironment]: environment?.slice(-4).toLowerCase(),
      [v1.sessionAffinity]: sessionAffinity === true ? 'true' : undefined,
      [annotation.healthCheckDisabled]: healthCheckDisabled === true ? 'true' : undefined,
      // Resources that are named without it ask for CPU at all times.
      [v1.cpuThrottling]: resources === undefined || resources.cpuIdle === true ? undefined : 'false',
      [v1.startupCpuBoost]: resources?.startupCpuBoost === true ? 'true' : undefined,
      [v1.more]: jsonOf(unmapped),
    }),
  });
  return {
    metadata,
    spec: {
      containers: containers.map(containerFromV2),
      ...present({
        serviceAccountName: textOf(serviceAccount),
        timeoutSeconds: timeout === undefined || timeout === '' ? undefined : seconds(timeout),
        containerConcurrency: maxInstanceRequestConcurrency === 0 ? undefined : maxInstanceRequestConcurrency,
      }),
    },
  };
}

export function containerFromV2({ env, resources, ports, ...same }: ContainerV2): Container {
  return {
    ...same,
    ...(env === undefined || env.length === 0 ? {} : { env: env.map(envFromV2) }),
    ...(ports === undefined || ports.length === 0
      ? {}
      : {
          ports: ports.map(({ name = '', containerPort }) => ({
            name: name === '' ? 'http1' : name,
            containerPort: containerPort || 8080,
          })),
        }),
    ...(resources?.limits === undefined ? {} : { resources: { limits: resources.limits } }),
  };
}

function envFromV2({ name, value, valueSource }: EnvVarV2): EnvVar {
  const { secret = '', version = '' } = valueSource?.secretKeyRef ?? {};
  if (valueSource?.secretKeyRef === undefined) return { name, value: value ?? '' };
  return { name, valueFrom: { secretKeyRef: { name: secret, key: version === '' ? 'latest' : version } } };
}

function trafficFromV2({ type, revision = '', percent, tag }: TrafficV2): TrafficTarget {
  const kind = enumName(enums.traffic, type, 'service.traffic.type');
  if (kind === undefined) throw new InvalidField('traffic', 'A target has no type.');
  const latest = kind === 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
  return present<string | number | boolean>({
    latestRevision: latest ? true : undefined,
    revisionName: latest ? undefined : revision.slice(revision.lastIndexOf('/') + 1),
    percent: percent === 0 ? undefined : percent,
    tag: textOf(tag),
  });
}

/** `300s` */
export function seconds(duration: string): number {
  const [, whole] = /^(\d{1,6})(?:\.0+)?s$/.exec(duration) ?? [];
  if (whole === undefined) throw new InvalidField('template.timeout', `"${duration}" is no duration in seconds.`);
  return Number(whole);
}

export function refuseSystems(field: string, map: Readonly<Record<string, string>> = {}): void {
  const taken = Object.keys(map).find(isSystems);
  if (taken !== undefined)
    throw new InvalidField(field, `"${taken}" is reserved for the system; set the field that it stands for.`);
}

export function textOf(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function countOf(value: number | undefined): string | undefined {
  return value === undefined || value === 0 ? undefined : `${value}`;
}

export function jsonOf(fields: object): string | undefined {
  return Object.keys(fields).length === 0 ? undefined : JSON.stringify(fields);
}
