import type { Condition, Container, ObjectMeta, RevisionSpec } from '../services/knative.ts';

/**
 * Cloud Run's jobs, executions and tasks as its v1 API shows them, which is how they are kept here. What is not named below
 * is kept and shown as it was sent.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.jobs
 */
export interface KnativeJob {
  readonly apiVersion: 'run.googleapis.com/v1';
  readonly kind: 'Job';
  readonly metadata: ObjectMeta;
  readonly spec: JobSpec;
  readonly status: JobStatus;
}

export interface JobSpec {
  readonly template: ExecutionTemplate;
}

export interface ExecutionTemplate {
  readonly metadata?: Partial<Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>>;
  readonly spec: ExecutionSpec;
}

export interface ExecutionSpec {
  /** 0: as many as there are. */
  readonly parallelism?: number;
  readonly taskCount?: number;
  readonly template: { readonly spec: TaskSpec };
}

export interface TaskSpec
  extends Pick<RevisionSpec, 'serviceAccountName' | 'timeoutSeconds' | 'volumes' | 'nodeSelector'> {
  readonly containers: readonly Container[];
  readonly maxRetries?: number;
}

export interface JobStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly executionCount: number;
  readonly latestCreatedExecution?: ExecutionReference;
}

export interface ExecutionReference {
  readonly name: string;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly completionTimestamp?: string;
  readonly completionStatus: CompletionStatus;
}

export type CompletionStatus = 'EXECUTION_RUNNING' | 'EXECUTION_SUCCEEDED' | 'EXECUTION_FAILED' | 'EXECUTION_CANCELLED';

export interface KnativeExecution {
  readonly apiVersion: 'run.googleapis.com/v1';
  readonly kind: 'Execution';
  readonly metadata: ObjectMeta;
  readonly spec: ExecutionSpec;
  readonly status: ExecutionStatus;
}

export interface ExecutionStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly startTime: string;
  readonly completionTime?: string;
  readonly runningCount?: number;
  readonly succeededCount?: number;
  readonly failedCount?: number;
  readonly cancelledCount?: number;
  readonly retriedCount?: number;
}

export interface KnativeTask {
  readonly apiVersion: 'run.googleapis.com/v1';
  readonly kind: 'Task';
  readonly metadata: ObjectMeta;
  readonly spec: TaskSpec;
  readonly status: {
    readonly observedGeneration: number;
    readonly index: number;
    readonly conditions: readonly Condition[];
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly retried?: number;
    readonly lastAttemptResult?: {
      readonly exitCode?: number;
      readonly status: { readonly code: number; readonly message?: string };
    };
  };
}

/** Names of the labels by which executions and tasks are found. */
export const label = {
  job: 'run.googleapis.com/job',
  jobUid: 'run.googleapis.com/jobUid',
  jobGeneration: 'run.googleapis.com/jobGeneration',
  execution: 'run.googleapis.com/execution',
  runningState: 'run.googleapis.com/runningState',
  servingState: 'run.googleapis.com/servingState',
  location: 'cloud.googleapis.com/location',
} as const;

/** Names of the annotations that Cloud Run writes on jobs. */
export const jobAnnotation = {
  creator: 'run.googleapis.com/creator',
  lastModifier: 'run.googleapis.com/lastModifier',
} as const;
