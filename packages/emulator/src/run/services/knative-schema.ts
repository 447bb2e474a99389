import { probeSchema } from './probe-schema.ts';

/** What a v1 service may look like on the wire. Named types are looked into; what Cloud Run knows beside them is kept. */
export const text: object = { type: 'string' };
export const whole: object = { type: 'integer' };
export const flag: object = { type: 'boolean' };
export const anything: object = {};
const texts = { type: 'array', items: text };
export const textMap: object = { type: 'object', additionalProperties: text };

export function object(properties: Record<string, object>, required: readonly string[] = []): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

export function list(items: object): object {
  return { type: 'array', items, maxItems: 1000 };
}

export const metadata: Record<string, object> = {
  name: text,
  namespace: text,
  labels: textMap,
  annotations: textMap,
  generateName: text,
  generation: anything,
  resourceVersion: text,
  selfLink: text,
  uid: text,
  creationTimestamp: anything,
  deletionTimestamp: anything,
  deletionGracePeriodSeconds: anything,
  clusterName: text,
  finalizers: texts,
  ownerReferences: list(anything),
};

const envVar = object(
  {
    name: text,
    value: text,
    valueFrom: object({
      configMapKeyRef: anything,
      secretKeyRef: object({ name: text, key: text, optional: flag, localObjectReference: anything }),
    }),
  },
  ['name'],
);

export const container: object = object({
  args: texts,
  command: texts,
  env: list(envVar),
  envFrom: list(anything),
  image: text,
  imagePullPolicy: text,
  livenessProbe: probeSchema,
  name: text,
  ports: list(object({ containerPort: whole, name: text, protocol: text })),
  readinessProbe: probeSchema,
  resources: object({ limits: textMap, requests: textMap }),
  securityContext: anything,
  startupProbe: probeSchema,
  terminationMessagePath: text,
  terminationMessagePolicy: text,
  volumeMounts: list(anything),
  workingDir: text,
});

const revisionSpec = object(
  {
    containerConcurrency: whole,
    containers: list(container),
    enableServiceLinks: flag,
    imagePullSecrets: list(anything),
    nodeSelector: textMap,
    runtimeClassName: text,
    serviceAccountName: text,
    timeoutSeconds: whole,
    volumes: list(anything),
  },
  ['containers'],
);

const traffic = object({
  configurationName: text,
  latestRevision: flag,
  percent: whole,
  revisionName: text,
  tag: text,
  url: text,
});

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.services#Service */
export const knativeServiceSchema: object = object(
  {
    apiVersion: { const: 'serving.knative.dev/v1' },
    kind: { const: 'Service' },
    metadata: object(metadata, ['name']),
    spec: object(
      {
        template: object({ metadata: object(metadata), spec: revisionSpec }, ['spec']),
        traffic: list(traffic),
      },
      ['template'],
    ),
    status: anything,
  },
  ['apiVersion', 'kind', 'metadata', 'spec'],
);
