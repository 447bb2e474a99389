import { anything, container, flag, list, metadata, object, text, textMap, whole } from '../services/knative-schema.ts';

const taskSpec = object(
  {
    containers: list(container),
    maxRetries: whole,
    nodeSelector: textMap,
    serviceAccountName: text,
    // A whole number of 64 bits is a text in JSON.
    timeoutSeconds: { anyOf: [whole, { type: 'string', pattern: '^\\d{1,9}$' }] },
    volumes: list(anything),
  },
  ['containers'],
);

const executionSpec = object({ parallelism: whole, taskCount: whole, template: object({ spec: taskSpec }, ['spec']) }, [
  'template',
]);

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.jobs#Job */
export const knativeJobSchema: object = object(
  {
    apiVersion: { const: 'run.googleapis.com/v1' },
    kind: { const: 'Job' },
    metadata: object(metadata, ['name']),
    spec: object(
      {
        template: object({ metadata: object(metadata), spec: executionSpec }, ['spec']),
        startExecutionToken: text,
        runExecutionToken: text,
      },
      ['template'],
    ),
    status: anything,
  },
  ['apiVersion', 'kind', 'metadata', 'spec'],
);

/** What `:run` may override, in v1. @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.jobs/run */
export const runRequestSchema: object = object({
  overrides: object({
    taskCount: whole,
    timeoutSeconds: whole,
    containerOverrides: list(
      object({
        name: text,
        args: { type: 'array', items: text },
        clearArgs: flag,
        env: list(object({ name: text, value: text }, ['name'])),
      }),
    ),
  }),
});
