import type { KnativeRevision, KnativeService, ObjectMeta, ServiceSpec } from './knative.ts';

/** What a user asks for: the parts of a service that are the user's to say. */
export interface DesiredService {
  readonly metadata: Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>;
  readonly spec: ServiceSpec;
}

/** A service and its revisions, oldest first. */
export interface DeployedService {
  readonly service: KnativeService;
  readonly revisions: readonly KnativeRevision[];
}
