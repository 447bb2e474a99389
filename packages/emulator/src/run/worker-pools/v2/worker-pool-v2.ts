import { shapeCheck } from '../../../internal/google-api/check-shape.ts';
import {
  anything,
  choice,
  containerV2,
  list,
  object,
  type ScalingV2,
  type TemplateV2,
  text,
  textMap,
  whole,
} from '../../services/v2/service-v2.ts';

/** A worker pool as the v2 API has it: what users say. @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools#WorkerPool */
export interface WorkerPoolV2 {
  readonly name?: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly client?: string;
  readonly clientVersion?: string;
  readonly etag?: string;
  readonly launchStage?: string | number;
  readonly template?: TemplateV2;
  readonly instanceSplits?: readonly InstanceSplitV2[];
  readonly scaling?: ScalingV2;
}

export interface InstanceSplitV2 {
  readonly type?: string | number;
  readonly revision?: string;
  readonly percent?: number;
}

/** Fields that the service itself writes: whatever is sent of them is not looked at. */
export const POOL_OUTPUT_ONLY: readonly string[] = [
  'uid',
  'generation',
  'createTime',
  'updateTime',
  'deleteTime',
  'expireTime',
  'creator',
  'lastModifier',
  'observedGeneration',
  'terminalCondition',
  'conditions',
  'latestReadyRevision',
  'latestCreatedRevision',
  'instanceSplitStatuses',
  'reconciling',
  'satisfiesPzs',
];

const template = object({
  revision: text,
  labels: textMap,
  annotations: textMap,
  vpcAccess: anything,
  serviceAccount: text,
  containers: list(containerV2),
  volumes: list(anything),
  executionEnvironment: choice,
  encryptionKey: text,
  encryptionKeyRevocationAction: choice,
  encryptionKeyShutdownDuration: text,
  serviceMesh: anything,
  nodeSelector: anything,
  gpuZonalRedundancyDisabled: { type: 'boolean' },
  client: text,
  clientVersion: text,
});

export const workerPoolV2Schema: object = object({
  name: text,
  description: text,
  labels: textMap,
  annotations: textMap,
  client: text,
  clientVersion: text,
  etag: text,
  launchStage: choice,
  binaryAuthorization: anything,
  template,
  instanceSplits: list(object({ type: choice, revision: text, percent: whole })),
  scaling: object({
    manualInstanceCount: whole,
    minInstanceCount: whole,
    maxInstanceCount: whole,
    scalingMode: choice,
  }),
  customAudiences: { type: 'array', items: text },
  ...Object.fromEntries(POOL_OUTPUT_ONLY.map((name) => [name, anything])),
});

/** Reads a v2 body. @throws GoogleError INVALID_ARGUMENT */
export const readWorkerPoolV2: (body: unknown) => WorkerPoolV2 = shapeCheck<WorkerPoolV2>(workerPoolV2Schema);
