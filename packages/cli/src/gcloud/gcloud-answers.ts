import { list, object, shape, text } from '../shape.ts';
import type { Binding } from './binding.ts';
import type { KnativeService } from './knative-service.ts';
import type { KnativeJob, KnativeWorkerPool } from './knative-workloads.ts';

/** Names that become words of commands: none begins with a hyphen, and none holds what separates. */
const name = { type: 'string', pattern: '^[^\\p{C}\\p{Z}-][^\\p{C}\\p{Z}]*$' };
const role = { type: 'string', pattern: '^(?:(?:projects/[\\w.:-]+|organizations/\\d+)/)?roles/[\\w.]+$' };
const labels = { type: 'object', additionalProperties: text };

const binding = object(
  { role, members: list(name) },
  { condition: object({ expression: text }, { title: text, description: text }) },
);

const variable = object(
  { name: text },
  { value: text, valueFrom: object({}, { secretKeyRef: object({ name: text, key: text }) }) },
);

const ports = list(object({}, { name: text }));
const container = object({}, { image: text, command: list(text), env: list(variable), ports });
const metadata = object({ name }, { labels, annotations: labels });
const status = object({}, { url: text, conditions: list(object({ type: text, status: text }, { message: text })) });
const number = { type: 'integer' };

const template = object(
  {},
  {
    metadata: object({}, { annotations: labels }),
    spec: object(
      {},
      {
        serviceAccountName: text,
        containerConcurrency: number,
        containers: list(container),
      },
    ),
  },
);

const task = object(
  {},
  {
    serviceAccountName: text,
    maxRetries: number,
    timeoutSeconds: { type: ['integer', 'string'], pattern: '^\\d+$' },
    containers: list(container),
  },
);

const execution = object(
  {},
  {
    metadata: object({}, { annotations: labels }),
    spec: object({}, { taskCount: number, parallelism: number, template: object({}, { spec: task }) }),
  },
);

/** What gcloud prints with --format=json, as far as the command reads it. */
export const printed = {
  services: shape<KnativeService[]>(list(object({ metadata }, { spec: object({}, { template }), status }))),
  jobs: shape<KnativeJob[]>(list(object({ metadata }, { spec: object({}, { template: execution }), status }))),
  workerPools: shape<KnativeWorkerPool[]>(list(object({ metadata }, { spec: object({}, { template }), status }))),
  policy: shape<{ readonly bindings?: readonly Binding[] }>(object({}, { bindings: list(binding) })),
  accounts: shape<{ readonly email: string; readonly description?: string }[]>(
    list(object({ email: name }, { description: text })),
  ),
  tags: shape<{ image: string; tag: string }[]>(list(object({ image: text, tag: text }))),
  repositories: shape<{ name: string; labels?: Record<string, string> }[]>(list(object({ name: text }, { labels }))),
  configuration: shape<{
    readonly api_endpoint_overrides?: { readonly iamcredentials?: string };
    readonly core?: { readonly universe_domain?: string };
  }>(
    object(
      {},
      { api_endpoint_overrides: object({}, { iamcredentials: text }), core: object({}, { universe_domain: text }) },
    ),
  ),
  role: shape<{ includedPermissions?: readonly string[]; deleted?: boolean; stage?: string }>(
    object({}, { includedPermissions: list(text), deleted: { type: 'boolean' }, stage: text }),
  ),
  keys: shape<{ name: string; disabled?: boolean }[]>(list(object({ name }, { disabled: { type: 'boolean' } }))),
  ancestors: shape<{ id: string; type: string }[]>(list(object({ id: name, type: text }))),
} as const;
