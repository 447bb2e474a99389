import { shapeCheck } from '../../../internal/google-api/check-shape.ts';
import {
  anything,
  type ContainerV2,
  choice,
  containerV2,
  list,
  object,
  text,
  textMap,
  whole,
} from '../../services/v2/service-v2.ts';

/** A job as the v2 API has it: what users say. @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs#Job */
export interface JobV2 {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly client?: string;
  readonly clientVersion?: string;
  readonly etag?: string;
  readonly launchStage?: string | number;
  readonly template?: ExecutionTemplateV2;
}

export interface ExecutionTemplateV2 {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly parallelism?: number;
  readonly taskCount?: number;
  readonly template?: TaskTemplateV2;
}

export interface TaskTemplateV2 {
  readonly containers?: readonly ContainerV2[];
  readonly maxRetries?: number;
  readonly timeout?: string;
  readonly serviceAccount?: string;
  readonly executionEnvironment?: string | number;
}

/** Fields that the service itself writes: whatever is sent of them is not looked at. */
export const JOB_OUTPUT_ONLY: readonly string[] = [
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
  'executionCount',
  'latestCreatedExecution',
  'reconciling',
  'satisfiesPzs',
];

const taskTemplate = object({
  containers: list(containerV2),
  volumes: list(anything),
  maxRetries: whole,
  timeout: text,
  serviceAccount: text,
  executionEnvironment: choice,
  encryptionKey: text,
  vpcAccess: anything,
  nodeSelector: anything,
  gpuZonalRedundancyDisabled: { type: 'boolean' },
});

const template = object({
  labels: textMap,
  annotations: textMap,
  parallelism: whole,
  taskCount: whole,
  template: taskTemplate,
  client: text,
  clientVersion: text,
});

/** Reads a v2 body. @throws GoogleError INVALID_ARGUMENT */
export const readJobV2: (body: unknown) => JobV2 = shapeCheck<JobV2>(
  object({
    name: text,
    labels: textMap,
    annotations: textMap,
    client: text,
    clientVersion: text,
    etag: text,
    launchStage: choice,
    binaryAuthorization: anything,
    template,
    ...Object.fromEntries(JOB_OUTPUT_ONLY.map((name) => [name, anything])),
  }),
);

/** What `:run` takes. @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs/run */
export interface RunRequestV2 {
  readonly validateOnly?: boolean;
  readonly etag?: string;
  readonly overrides?: {
    readonly taskCount?: number;
    readonly timeout?: string;
    readonly containerOverrides?: readonly {
      readonly name?: string;
      readonly args?: readonly string[];
      readonly clearArgs?: boolean;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
}

export const readRunRequestV2: (body: unknown) => RunRequestV2 = shapeCheck<RunRequestV2>(
  object({
    validateOnly: { type: 'boolean' },
    etag: text,
    overrides: object({
      taskCount: whole,
      timeout: text,
      containerOverrides: list(
        object({
          name: text,
          args: { type: 'array', items: text },
          clearArgs: { type: 'boolean' },
          env: list({ ...object({ name: text, value: text }), required: ['name'] }),
        }),
      ),
    }),
  }),
);
