import type { KnativeService } from './knative.ts';

/**
 * Why a revision must stay: it may be asked, or is the newest.
 * @see https://docs.cloud.google.com/run/docs/managing/revisions#delete_revisions
 */
export function whyInUse({ spec, status }: KnativeService, revision: string): string | undefined {
  const serving = [...spec.traffic, ...status.traffic].some(({ revisionName }) => revisionName === revision);
  if (serving || revision === status.latestReadyRevisionName)
    return `Revision "${revision}" cannot be directly deleted because it is actively serving.`;
  if (revision === status.latestCreatedRevisionName)
    return `Revision "${revision}" cannot be directly deleted because it is the latest of its service.`;
  return undefined;
}
