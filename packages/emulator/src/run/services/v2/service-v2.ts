import type { Container } from '../knative.ts';
import { probeSchema } from '../probe-schema.ts';

/** A service as the v2 API has it: what users say. @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services#Service */
export interface ServiceV2 {
  readonly name?: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly client?: string;
  readonly clientVersion?: string;
  readonly etag?: string;
  readonly ingress?: string | number;
  readonly launchStage?: string | number;
  readonly customAudiences?: readonly string[];
  readonly invokerIamDisabled?: boolean;
  readonly defaultUriDisabled?: boolean;
  readonly scaling?: ScalingV2;
  readonly template?: TemplateV2;
  readonly traffic?: readonly TrafficV2[];
}

export interface ScalingV2 {
  readonly minInstanceCount?: number;
  readonly maxInstanceCount?: number;
  readonly manualInstanceCount?: number;
  readonly scalingMode?: string | number;
}

export interface TemplateV2 {
  readonly revision?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly scaling?: { readonly minInstanceCount?: number; readonly maxInstanceCount?: number };
  /** `300s` */
  readonly timeout?: string;
  readonly serviceAccount?: string;
  readonly containers?: readonly ContainerV2[];
  readonly executionEnvironment?: string | number;
  readonly maxInstanceRequestConcurrency?: number;
  readonly sessionAffinity?: boolean;
  readonly healthCheckDisabled?: boolean;
}

type AlikeInBoth = 'startupProbe' | 'livenessProbe' | 'readinessProbe' | 'workingDir' | 'volumeMounts' | 'dependsOn';

export interface ContainerV2 extends Pick<Container, 'name' | 'image' | 'command' | 'args' | 'ports' | AlikeInBoth> {
  readonly env?: readonly EnvVarV2[];
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly cpuIdle?: boolean;
    readonly startupCpuBoost?: boolean;
  };
}

export interface EnvVarV2 {
  readonly name: string;
  readonly value?: string;
  readonly valueSource?: { readonly secretKeyRef?: { readonly secret?: string; readonly version?: string } };
}

export interface TrafficV2 {
  readonly type?: string | number;
  readonly revision?: string;
  readonly percent?: number;
  readonly tag?: string;
}

export const text: object = { type: 'string' };
export const whole: object = { type: 'integer' };
const flag = { type: 'boolean' };
export const anything: object = {};
const texts = { type: 'array', items: text };
export const textMap: object = { type: 'object', additionalProperties: text };
export const choice: object = { type: ['string', 'integer'] };

export function object(properties: Record<string, object>): object {
  return { type: 'object', properties, additionalProperties: false };
}

export function list(items: object): object {
  return { type: 'array', items, maxItems: 1000 };
}

export const containerV2: object = object({
  name: text,
  image: text,
  command: texts,
  args: texts,
  env: list({
    ...object({
      name: text,
      value: text,
      valueSource: object({ secretKeyRef: object({ secret: text, version: text }) }),
    }),
    required: ['name'],
  }),
  resources: object({ limits: textMap, cpuIdle: flag, startupCpuBoost: flag }),
  ports: list(object({ name: text, containerPort: whole })),
  volumeMounts: list(anything),
  workingDir: text,
  livenessProbe: probeSchema,
  startupProbe: probeSchema,
  readinessProbe: probeSchema,
  dependsOn: texts,
  baseImageUri: text,
  buildInfo: anything,
  sourceCode: anything,
});

const template = object({
  revision: text,
  labels: textMap,
  annotations: textMap,
  scaling: object({ minInstanceCount: whole, maxInstanceCount: whole }),
  vpcAccess: anything,
  timeout: text,
  serviceAccount: text,
  containers: list(containerV2),
  volumes: list(anything),
  executionEnvironment: choice,
  encryptionKey: text,
  encryptionKeyRevocationAction: choice,
  encryptionKeyShutdownDuration: text,
  maxInstanceRequestConcurrency: whole,
  serviceMesh: anything,
  sessionAffinity: flag,
  healthCheckDisabled: flag,
  nodeSelector: anything,
  gpuZonalRedundancyDisabled: flag,
  client: text,
  clientVersion: text,
});

/** Fields that the service itself writes: whatever is sent of them is not looked at. */
export const OUTPUT_ONLY: readonly string[] = [
  'uid',
  'generation',
  'createTime',
  'updateTime',
  'deleteTime',
  'expireTime',
  'creator',
  'lastModifier',
  'urls',
  'observedGeneration',
  'terminalCondition',
  'conditions',
  'latestReadyRevision',
  'latestCreatedRevision',
  'trafficStatuses',
  'uri',
  'satisfiesPzs',
  'reconciling',
];

/** What users may say. */
const sayable: Readonly<Record<string, object>> = {
  name: text,
  description: text,
  labels: textMap,
  annotations: textMap,
  client: text,
  clientVersion: text,
  etag: text,
  ingress: choice,
  launchStage: choice,
  binaryAuthorization: anything,
  template,
  traffic: list(object({ type: choice, revision: text, percent: whole, tag: text })),
  scaling: object({
    minInstanceCount: whole,
    maxInstanceCount: whole,
    manualInstanceCount: whole,
    scalingMode: choice,
  }),
  invokerIamDisabled: flag,
  defaultUriDisabled: flag,
  iapEnabled: flag,
  multiRegionSettings: anything,
  customAudiences: texts,
  threatDetectionEnabled: flag,
  buildConfig: anything,
};

export const serviceV2Schema: object = object({
  ...sayable,
  ...Object.fromEntries(OUTPUT_ONLY.map((name) => [name, anything])),
});
