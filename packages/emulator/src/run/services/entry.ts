import type { Condition, KnativeRevision, KnativeService } from './knative.ts';
import { newVersion } from './new-objects.ts';

/** A service as it is asked for and as it is, and its revisions, oldest first. */
export interface Entry {
  service: KnativeService;
  revisions: KnativeRevision[];
}

/** Why a revision did not come up; undefined where it did, or was not tried. */
export function failureOf(revision: KnativeRevision | undefined): Condition | undefined {
  return revision?.status.conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
}

/** The newest revision, where none was ever ready. */
export function untried({ service, revisions }: Entry): KnativeRevision | undefined {
  return service.status.latestReadyRevisionName === undefined ? revisions.at(-1) : undefined;
}

/** The newest revision, where it was still coming up when all was stopped. */
export function brokenOff({ revisions }: Entry): KnativeRevision | undefined {
  const newest = revisions.at(-1);
  return newest?.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'Unknown')
    ? newest
    : undefined;
}

/** Whether both ask for the same: statuses may differ. */
export function isAskedFor({ metadata: one }: KnativeService, { metadata: other }: KnativeService): boolean {
  return one.uid === other.uid && one.generation === other.generation;
}

export function update(entry: Entry, change: Partial<KnativeService>): void {
  const { metadata = entry.service.metadata } = change;
  entry.service = { ...entry.service, ...change, metadata: { ...metadata, resourceVersion: newVersion() } };
}
