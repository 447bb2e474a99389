/**
 * Cloud Run's services and revisions as its v1 API shows them, which is how they are kept here. What is not named
 * below is kept and shown as it was sent.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.services
 */
export interface KnativeService {
  readonly apiVersion: 'serving.knative.dev/v1';
  readonly kind: 'Service';
  readonly metadata: ObjectMeta;
  readonly spec: ServiceSpec;
  readonly status: ServiceStatus;
}

export interface ServiceSpec {
  readonly template: RevisionTemplate;
  readonly traffic: readonly TrafficTarget[];
}

export interface ObjectMeta {
  readonly name: string;
  /** The project's number. */
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  /** Changes with every change of the object, its status included. */
  readonly resourceVersion: string;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly selfLink: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RevisionTemplate {
  readonly metadata?: Partial<Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>>;
  readonly spec: RevisionSpec;
}

export interface RevisionSpec {
  readonly serviceAccountName?: string;
  readonly containerConcurrency?: number;
  readonly timeoutSeconds?: number;
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name?: string; readonly secret?: object }[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly object[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
  readonly startupProbe?: KnativeProbe;
  readonly livenessProbe?: KnativeProbe;
  readonly readinessProbe?: KnativeProbe;
  readonly workingDir?: string;
  readonly dependsOn?: readonly string[];
  readonly volumeMounts?: readonly { readonly name?: string; readonly mountPath?: string }[];
}

/** A health check. @see https://docs.cloud.google.com/run/docs/reference/rest/v1/Container#Probe */
export interface KnativeProbe {
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
  readonly httpGet?: {
    readonly path?: string;
    readonly port?: number;
    readonly httpHeaders?: readonly { readonly name: string; readonly value?: string }[];
  };
  readonly tcpSocket?: { readonly port?: number };
  readonly grpc?: { readonly port?: number; readonly service?: string };
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name?: string; readonly key?: string };
    readonly configMapKeyRef?: object;
  };
}

export interface TrafficTarget {
  readonly revisionName?: string;
  readonly latestRevision?: boolean;
  readonly percent?: number;
  readonly tag?: string;
  readonly url?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime: string;
}

export interface ServiceStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly latestCreatedRevisionName?: string;
  readonly latestReadyRevisionName?: string;
  readonly traffic: readonly TrafficTarget[];
  readonly url: string;
  readonly address: { readonly url: string };
}

export interface KnativeRevision {
  readonly apiVersion: 'serving.knative.dev/v1';
  readonly kind: 'Revision';
  readonly metadata: ObjectMeta;
  readonly spec: RevisionSpec;
  readonly status: { readonly observedGeneration: number; readonly conditions: readonly Condition[] };
}

/** Whether an annotation says so: gcloud writes True and False, as Python does. */
export function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}

/** Names of annotations that Cloud Run reads. */
export const annotation = {
  ingress: 'run.googleapis.com/ingress',
  ingressStatus: 'run.googleapis.com/ingress-status',
  customAudiences: 'run.googleapis.com/custom-audiences',
  invokerIamDisabled: 'run.googleapis.com/invoker-iam-disabled',
  defaultUrlDisabled: 'run.googleapis.com/default-url-disabled',
  urls: 'run.googleapis.com/urls',
  maxScale: 'autoscaling.knative.dev/maxScale',
  minScale: 'autoscaling.knative.dev/minScale',
  serviceMaxScale: 'run.googleapis.com/maxScale',
  healthCheckDisabled: 'run.googleapis.com/health-check-disabled',
  serviceMinScale: 'run.googleapis.com/minScale',
  creator: 'serving.knative.dev/creator',
  lastModifier: 'serving.knative.dev/lastModifier',
} as const;
