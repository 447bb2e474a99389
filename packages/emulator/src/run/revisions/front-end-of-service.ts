import type { FrontEnd } from '../gate/front-end.ts';
import type { ResolvedGateSettings } from '../gate/settings.ts';
import { annotation, isTrue, type KnativeService, type RevisionTemplate } from '../services/knative.ts';

type PerRevision = 'http2' | 'concurrency' | 'maxInstances' | 'requestTimeout';

/** What one revision asks of the front end, and how many of its containers must be there; the rest is the service's. */
export interface RevisionLimits extends Pick<FrontEnd, PerRevision> {
  readonly minInstances: number;
}

/** What a service asks of the front end, whatever revision serves. */
export type ServiceSettings = Omit<FrontEnd, PerRevision>;

/** Before anything is deployed. */
export const noSettings: ServiceSettings = {
  ingress: 'all',
  customAudiences: [],
  invokerIamDisabled: false,
  defaultUrlDisabled: false,
  tags: [],
};

const DEFAULT_CONCURRENCY = 80;
const DEFAULT_MAX_INSTANCES = 100;

export function serviceSettings({ metadata, spec }: Pick<KnativeService, 'metadata' | 'spec'>): ServiceSettings {
  const { annotations } = metadata;
  const audiences = annotations[annotation.customAudiences];
  return {
    ingress: (annotations[annotation.ingress] ?? 'all') as FrontEnd['ingress'],
    customAudiences: audiences === undefined ? [] : JSON.parse(audiences),
    // gcloud writes True and False, as Python does.
    invokerIamDisabled: isTrue(annotations[annotation.invokerIamDisabled]),
    defaultUrlDisabled: isTrue(annotations[annotation.defaultUrlDisabled]),
    tags: spec.traffic.flatMap(({ tag }) => (tag === undefined || tag === '' ? [] : [tag])),
  };
}

export function revisionLimits(template: RevisionTemplate, settings: ResolvedGateSettings): RevisionLimits {
  const { containerConcurrency, timeoutSeconds, containers } = template.spec;
  const { [annotation.maxScale]: maxScale, [annotation.minScale]: minScale } = template.metadata?.annotations ?? {};
  return {
    http2: containers.some(({ ports = [] }) => ports.some(({ name }) => name === 'h2c')),
    concurrency:
      containerConcurrency === undefined || containerConcurrency === 0 ? DEFAULT_CONCURRENCY : containerConcurrency,
    minInstances: Number(minScale ?? 0),
    maxInstances: maxScale === undefined ? DEFAULT_MAX_INSTANCES : Number(maxScale),
    requestTimeout: timeoutSeconds === undefined ? settings.requestTimeout : timeoutSeconds * 1000,
  };
}
