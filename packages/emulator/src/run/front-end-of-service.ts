import type { FrontEnd } from '../gate/front-end.ts';
import type { ResolvedGateSettings } from '../gate/settings.ts';
import { annotation, type KnativeService, type RevisionTemplate } from './knative.ts';

/** What one revision asks of the front end; the rest is the service's. */
export type RevisionLimits = Pick<FrontEnd, 'http2' | 'concurrency' | 'maxInstances' | 'requestTimeout'>;

/** What a service asks of the front end, whatever revision serves. */
export type ServiceSettings = Omit<FrontEnd, keyof RevisionLimits>;

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
    invokerIamDisabled: annotations[annotation.invokerIamDisabled] === 'true',
    defaultUrlDisabled: annotations[annotation.defaultUrlDisabled] === 'true',
    tags: spec.traffic.flatMap(({ tag }) => (tag === undefined || tag === '' ? [] : [tag])),
  };
}

export function revisionLimits(template: RevisionTemplate, settings: ResolvedGateSettings): RevisionLimits {
  const { containerConcurrency, timeoutSeconds, containers } = template.spec;
  const maxScale = template.metadata?.annotations?.[annotation.maxScale];
  return {
    http2: containers.some(({ ports = [] }) => ports.some(({ name }) => name === 'h2c')),
    concurrency:
      containerConcurrency === undefined || containerConcurrency === 0 ? DEFAULT_CONCURRENCY : containerConcurrency,
    maxInstances: maxScale === undefined ? DEFAULT_MAX_INSTANCES : Number(maxScale),
    requestTimeout: timeoutSeconds === undefined ? settings.requestTimeout : timeoutSeconds * 1000,
  };
}
