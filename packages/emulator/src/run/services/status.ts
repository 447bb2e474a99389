import type { Project } from '../../identity/project.ts';
import type { DeployedService } from './deployed-service.ts';
import type { Condition, KnativeRevision, TrafficTarget } from './knative.ts';
import type { RevisionFailure } from './revision-failure.ts';

/** The stages of a deployment as `gcloud run deploy` shows them, and whether the whole is ready. */
const SERVICE_CONDITIONS = ['Ready', 'ConfigurationsReady', 'RoutesReady'] as const;

export type Stage = (typeof SERVICE_CONDITIONS)[number];

/** Conditions of a service that is being deployed, is ready, or failed at a stage. */
export function conditions(
  time: string,
  outcome: {
    readonly status: Condition['status'];
    readonly failed?: Stage;
    readonly reason?: string;
    readonly message?: string;
  },
): Condition[] {
  const { status, failed, reason, message } = outcome;
  const why = { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
  return SERVICE_CONDITIONS.map((type) => {
    const told = status === 'False' && type !== 'Ready' && type !== failed ? 'Unknown' : status;
    return { type, status: told, lastTransitionTime: time, ...(told === 'False' ? why : {}) };
  });
}

/** Conditions of a revision whose container was tried: it came up, or failed so. */
export function revisionConditions(time: string, failure?: RevisionFailure): Condition[] {
  const { reason, message } = failure ?? {};
  const told = (type: string, failed: boolean): Condition => ({
    type,
    status: failed ? 'False' : 'True',
    lastTransitionTime: time,
    ...(failed && reason !== undefined ? { reason } : {}),
    ...(failed && message !== undefined ? { message } : {}),
  });
  const unhealthy = reason === 'HealthCheckContainerError';
  return [
    told('Ready', failure !== undefined),
    ...(failure === undefined || unhealthy ? [told('ContainerHealthy', unhealthy)] : []),
  ];
}

/** Traffic as it is, with the revisions that `latestRevision` stands for and the URLs of tags. */
export function trafficStatus(traffic: readonly TrafficTarget[], latestReady: string, host: string): TrafficTarget[] {
  return traffic.map(({ tag, percent, latestRevision, revisionName }) => ({
    revisionName: latestRevision === true ? latestReady : (revisionName ?? latestReady),
    ...(percent === undefined ? {} : { percent }),
    ...(latestRevision === true ? { latestRevision } : {}),
    ...(tag === undefined || tag === '' ? {} : { tag, url: `https://${tag}---${host}` }),
  }));
}

/** A service's revisions, oldest first, and whether requests go to each. */
export function revisionsOf(deployed: DeployedService | undefined): KnativeRevision[] {
  const serving = new Set(deployed?.service.status.traffic.map(({ revisionName }) => revisionName));
  return (deployed?.revisions ?? []).map((revision) => {
    const [ready] = revision.status.conditions;
    const status = serving.has(revision.metadata.name) ? 'True' : 'False';
    const active = { type: 'Active', status, lastTransitionTime: ready?.lastTransitionTime ?? '' } as const;
    return { ...revision, status: { ...revision.status, conditions: [...revision.status.conditions, active] } };
  });
}

/** `projects/P/locations/L/services/S` */
export function serviceName(name: string, project: Project): string {
  return `projects/${project.id}/locations/${project.region}/services/${name}`;
}
