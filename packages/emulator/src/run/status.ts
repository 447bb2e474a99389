import type { Project } from '../identity/project.ts';
import type { Condition, TrafficTarget } from './knative.ts';

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

/** Traffic as it is, with the revisions that `latestRevision` stands for and the URLs of tags. */
export function trafficStatus(traffic: readonly TrafficTarget[], latestReady: string, host: string): TrafficTarget[] {
  return traffic.map(({ tag, percent, latestRevision, revisionName }) => ({
    revisionName: latestRevision === true ? latestReady : (revisionName ?? latestReady),
    ...(percent === undefined ? {} : { percent }),
    ...(latestRevision === true ? { latestRevision } : {}),
    ...(tag === undefined || tag === '' ? {} : { tag, url: `https://${tag}---${host}` }),
  }));
}

/** `projects/P/locations/L/services/S` */
export function serviceName(name: string, project: Project): string {
  return `projects/${project.id}/locations/${project.region}/services/${name}`;
}
