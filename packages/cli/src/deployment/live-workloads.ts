import type { KnativeJob, KnativeWorkerPool } from '../gcloud/knative-workloads.ts';
import { readVariables, whyNotReady } from './live-service.ts';
import type { WantedJob, WantedWorkerPool } from './wanted.ts';

interface Kept {
  /** The label `managed-by`, or nothing. */
  readonly managedBy: string;
  /** Why it does not run, where it does not. */
  readonly notReady: string | undefined;
}

/** A Cloud Run job as it is. */
export interface LiveJob extends WantedJob, Kept {}

/** A Cloud Run worker pool as it is. */
export interface LiveWorkerPool extends WantedWorkerPool, Kept {}

export function readJob({ metadata, spec, status }: KnativeJob): LiveJob {
  const execution = spec?.template;
  const task = execution?.spec?.template?.spec;
  const { image = '', command = [], env = [] } = task?.containers?.[0] ?? {};
  return {
    ...readMetadata(metadata),
    image,
    command,
    account: task?.serviceAccountName ?? '',
    ...readVariables(env),
    cloudSql: execution?.metadata?.annotations?.['run.googleapis.com/cloudsql-instances'] ?? '',
    tasks: execution?.spec?.taskCount ?? 1,
    parallelism: execution?.spec?.parallelism ?? 0,
    maxRetries: task?.maxRetries ?? 3,
    timeout: Number(task?.timeoutSeconds ?? 600),
    notReady: whyNotReady(status?.conditions),
  };
}

export function readWorkerPool({ metadata, spec, status }: KnativeWorkerPool): LiveWorkerPool {
  const template = spec?.template;
  const { image = '', env = [] } = template?.spec?.containers?.[0] ?? {};
  return {
    ...readMetadata(metadata),
    image,
    account: template?.spec?.serviceAccountName ?? '',
    ...readVariables(env),
    cloudSql: template?.metadata?.annotations?.['run.googleapis.com/cloudsql-instances'] ?? '',
    instances: Number(metadata.annotations?.['run.googleapis.com/manualInstanceCount'] ?? 1),
    notReady: whyNotReady(status?.conditions),
  };
}

function readMetadata({ name, labels = {} }: KnativeJob['metadata']) {
  return { name, region: labels['cloud.googleapis.com/location'] ?? '', managedBy: labels['managed-by'] ?? '' };
}
