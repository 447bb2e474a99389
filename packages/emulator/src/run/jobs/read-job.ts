import { defaultAccount } from '../../identity/accounts/accounts.ts';
import type { Project } from '../../identity/project.ts';
import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { Container, ObjectMeta } from '../services/knative.ts';
import { InvalidField } from '../services/run-errors.ts';
import type { DesiredJob } from './desired-job.ts';
import { knativeJobSchema } from './job-schema.ts';
import { type ExecutionTemplate, type JobSpec, jobAnnotation } from './knative-job.ts';

interface Sent {
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
  readonly spec: JobSpec & { readonly startExecutionToken?: string; readonly runExecutionToken?: string };
}

const check = shapeCheck<Sent>(knativeJobSchema);

/** Annotations that are Cloud Run's to write. */
const written: ReadonlySet<string> = new Set([
  jobAnnotation.creator,
  jobAnnotation.lastModifier,
  'run.googleapis.com/operation-id',
]);

/** What a v1 body asks for, with Cloud Run's defaults filled in, and the version that it was read at. @throws GoogleError */
export function readJob(body: unknown, project: Project): { desired: DesiredJob; version: string | undefined } {
  const { metadata, spec } = check(body);
  if (metadata.namespace !== undefined && ![project.id, project.number].includes(metadata.namespace))
    throw new InvalidField(
      'metadata.namespace',
      `"${metadata.namespace}" is not the project in the path, ${project.id}.`,
    );
  for (const token of ['startExecutionToken', 'runExecutionToken'] as const)
    if (spec[token] !== undefined && spec[token] !== '')
      throw new GoogleError(
        'UNIMPLEMENTED',
        `spec.${token} is not emulated by run-edges: deploy the job without it, and run it then.`,
      );
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !written.has(name));
  return {
    version: metadata.resourceVersion === '' ? undefined : metadata.resourceVersion,
    desired: {
      metadata: { name: metadata.name, labels: metadata.labels ?? {}, annotations: Object.fromEntries(annotations) },
      spec: { template: withDefaults(spec.template, project) },
    },
  };
}

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v1/TaskSpec */
export function withDefaults({ metadata, spec }: ExecutionTemplate, project: Project): ExecutionTemplate {
  const { taskCount = 1, template } = spec;
  const { serviceAccountName = '', timeoutSeconds = 600, maxRetries = 3, containers } = template.spec;
  return {
    ...(metadata === undefined ? {} : { metadata }),
    spec: {
      ...spec,
      taskCount: taskCount === 0 ? 1 : taskCount,
      template: {
        spec: {
          ...template.spec,
          serviceAccountName: serviceAccountName === '' ? defaultAccount(project) : serviceAccountName,
          timeoutSeconds: Number(timeoutSeconds),
          maxRetries,
          containers: containers.map(containerWithLimits),
        },
      },
    },
  };
}

function containerWithLimits(container: Container): Container {
  return {
    ...container,
    resources: { ...container.resources, limits: { cpu: '1000m', memory: '512Mi', ...container.resources?.limits } },
  };
}
