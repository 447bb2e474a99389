import type { Project } from '../../../identity/project.ts';
import { annotation, type KnativeRevision, type RevisionTemplate } from '../../services/knative.ts';
import { more, present, usersOwn, v1 } from '../../services/v2/annotations.ts';
import { conditionToV2, etagOf, filled, templateToV2 } from '../../services/v2/to-v2.ts';
import type { WorkerPool } from '../worker-pool.ts';

type Fields = Record<string, unknown>;

/** `projects/P/locations/L/workerPools/W` */
export function workerPoolName(name: string, { id, region }: Project): string {
  return `projects/${id}/locations/${region}/workerPools/${name}`;
}

/** A worker pool as the v2 API shows it. @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools#WorkerPool */
export function workerPoolToV2({ metadata, spec, status }: WorkerPool, project: Project): Fields {
  const { annotations } = metadata;
  const name = workerPoolName(metadata.name, project);
  const revision = (short: string | undefined) => short && `${name}/revisions/${short}`;
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const split = [{ type: 'INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST', percent: 100 }];
  return present<unknown>({
    name,
    description: annotations[v1.description],
    uid: metadata.uid,
    generation: `${metadata.generation}`,
    labels: filled(usersOwn(metadata.labels)),
    annotations: filled(usersOwn(annotations)),
    createTime: metadata.creationTimestamp,
    updateTime: ready?.lastTransitionTime,
    creator: annotations[annotation.creator],
    lastModifier: annotations[annotation.lastModifier],
    client: annotations[v1.client],
    clientVersion: annotations[v1.clientVersion],
    launchStage: annotations[v1.launchStage] ?? 'GA',
    template: template(spec.template),
    instanceSplits: split,
    scaling: present<unknown>({
      scalingMode: annotations[v1.scalingMode]?.toUpperCase(),
      manualInstanceCount: spec.instances,
    }),
    ...more(annotations),
    observedGeneration: `${status.observedGeneration}`,
    terminalCondition: ready && conditionToV2(ready),
    latestReadyRevision: revision(status.latestReadyRevision),
    latestCreatedRevision: revision(status.latestCreatedRevision),
    instanceSplitStatuses: split,
    reconciling: ready?.status === 'Unknown' || undefined,
    etag: etagOf(metadata),
  });
}

export function poolRevisionToV2({ metadata, spec, status }: KnativeRevision, pool: string, project: Project): Fields {
  const { revision: _, ...shown } = template({ metadata, spec });
  return present<unknown>({
    ...shown,
    name: `${workerPoolName(pool, project)}/revisions/${metadata.name}`,
    uid: metadata.uid,
    generation: `${metadata.generation}`,
    createTime: metadata.creationTimestamp,
    creator: metadata.annotations[annotation.creator],
    launchStage: 'GA',
    workerPool: pool,
    conditions: status.conditions.map(conditionToV2),
    observedGeneration: `${status.observedGeneration}`,
    etag: etagOf(metadata),
  });
}

/** What is about requests has no place in a worker pool. */
function template(kept: RevisionTemplate): Fields {
  const { timeout: _, maxInstanceRequestConcurrency: __, containers, ...shown } = templateToV2(kept);
  return { ...shown, containers: (containers as readonly Fields[]).map(withoutCpuIdle) };
}

/** A worker has its CPU at all times. */
function withoutCpuIdle({ resources, ...container }: Fields): Fields {
  const { cpuIdle: _, ...rest } = (resources ?? {}) as Fields;
  return { ...container, ...present<unknown>({ resources: filled(rest) }) };
}
