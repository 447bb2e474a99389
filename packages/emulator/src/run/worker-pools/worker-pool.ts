import type { Condition, KnativeRevision, ObjectMeta, RevisionTemplate } from '../services/knative.ts';

/**
 * A Cloud Run worker pool, kept as services are: what v2 has fields for and v1 annotations stands in annotations.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools
 */
export interface WorkerPool {
  readonly metadata: ObjectMeta;
  readonly spec: WorkerPoolSpec;
  readonly status: WorkerPoolStatus;
}

export interface WorkerPoolSpec {
  /** How many run; none where it is 0. */
  readonly instances: number;
  readonly template: RevisionTemplate;
}

export interface WorkerPoolStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly latestReadyRevision?: string;
  readonly latestCreatedRevision?: string;
}

/** What a user asks for: the parts of a worker pool that are the user's to say. */
export interface DesiredWorkerPool {
  readonly metadata: Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>;
  readonly spec: WorkerPoolSpec;
}

/** A worker pool and its revisions, oldest first. */
export interface DeployedWorkerPool {
  readonly pool: WorkerPool;
  readonly revisions: readonly KnativeRevision[];
}
