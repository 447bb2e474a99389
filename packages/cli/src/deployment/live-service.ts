import type { Binding } from '../gcloud/binding.ts';
import type { KnativeCondition, KnativeService, KnativeVariable } from '../gcloud/knative-service.ts';
import type { WantedService } from './wanted.ts';

/** A Cloud Run service as it is. */
export interface LiveService extends Omit<WantedService, 'grants' | 'http2'> {
  readonly http2: boolean;
  /** The label `managed-by`, or nothing. */
  readonly managedBy: string;
  /** The label `run-edges-bindings`: `authoritative` where Terraform owns the whole policy. */
  readonly bindingsOwner: string;
  readonly bindings: readonly Binding[];
  /** Why it does not serve, where it does not. */
  readonly notReady: string | undefined;
}

export function readService({ metadata, spec, status }: KnativeService, bindings: readonly Binding[]): LiveService {
  const { name, labels = {}, annotations = {} } = metadata;
  const template = spec?.template;
  const scaling = template?.metadata?.annotations ?? {};
  const containers = template?.spec?.containers ?? [];
  const { image = '', env = [] } = containers[0] ?? {};
  return {
    name,
    region: labels['cloud.googleapis.com/location'] ?? '',
    url: status?.url ?? '',
    image,
    account: template?.spec?.serviceAccountName ?? '',
    ...readVariables(env),
    cloudSql: scaling['run.googleapis.com/cloudsql-instances'] ?? '',
    ingress: (annotations['run.googleapis.com/ingress'] ?? 'all') as WantedService['ingress'],
    audiences: audiencesOf(annotations['run.googleapis.com/custom-audiences']),
    minInstances: Number(scaling['autoscaling.knative.dev/minScale'] ?? 0),
    maxInstances: Number(scaling['autoscaling.knative.dev/maxScale'] ?? 100),
    concurrency: template?.spec?.containerConcurrency ?? 80,
    http2: containers.some(({ ports = [] }) => ports.some((port) => port.name === 'h2c')),
    // gcloud writes Python's True.
    invokerCheck: annotations['run.googleapis.com/invoker-iam-disabled']?.toLowerCase() !== 'true',
    managedBy: labels['managed-by'] ?? '',
    bindingsOwner: labels['run-edges-bindings'] ?? '',
    bindings,
    notReady: whyNotReady(status?.conditions),
  };
}

/** Undefined where it is, or nobody has looked yet. */
export function whyNotReady(conditions: readonly KnativeCondition[] = []): string | undefined {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? undefined : (ready.message ?? 'it is not ready');
}

/** Variables as they stand there, and those that come from secrets. */
export function readVariables(env: readonly KnativeVariable[]): Pick<LiveService, 'env' | 'secrets'> {
  return {
    env: Object.fromEntries(
      env.filter(({ valueFrom }) => valueFrom === undefined).map((one) => [one.name, one.value ?? '']),
    ),
    secrets: Object.fromEntries(
      env.flatMap(({ name, valueFrom }) =>
        valueFrom?.secretKeyRef === undefined
          ? []
          : [[name, `${valueFrom.secretKeyRef.name}:${valueFrom.secretKeyRef.key}`]],
      ),
    ),
  };
}

function audiencesOf(annotation: string | undefined): readonly string[] {
  try {
    const audiences: unknown = JSON.parse(annotation ?? '[]');
    return Array.isArray(audiences) ? audiences.map(String) : [];
  } catch {
    return [];
  }
}
