import type { Project } from '../../../identity/project.ts';
import { present, v1 } from '../../services/v2/annotations.ts';
import { enumName, enums } from '../../services/v2/enums.ts';
import { containerFromV2, jsonOf, refuseSystems, seconds, textOf } from '../../services/v2/from-v2.ts';
import type { DesiredJob } from '../desired-job.ts';
import type { ExecutionTemplate } from '../knative-job.ts';
import type { Overrides } from '../overrides.ts';
import { withDefaults } from '../read-job.ts';
import { type ExecutionTemplateV2, JOB_OUTPUT_ONLY, type JobV2, type RunRequestV2 } from './job-v2.ts';

/** What a v2 job asks for, in the form in which jobs are kept. @throws GoogleError INVALID_ARGUMENT */
export function jobFromV2(name: string, job: JobV2, project: Project): DesiredJob {
  const { labels, annotations, client, clientVersion, launchStage, template, ...rest } = job;
  refuseSystems('annotations', annotations);
  refuseSystems('labels', labels);
  const { name: _name, etag: _etag, ...unmapped } = rest as Record<string, unknown>;
  for (const field of JOB_OUTPUT_ONLY) delete unmapped[field];
  return {
    metadata: {
      name,
      labels: labels ?? {},
      annotations: present({
        ...annotations,
        [v1.client]: textOf(client),
        [v1.clientVersion]: textOf(clientVersion),
        [v1.launchStage]: enumName(enums.launchStage, launchStage, 'job.launch_stage'),
        [v1.more]: jsonOf(unmapped),
      }),
    },
    spec: { template: withDefaults(templateFromV2(template ?? {}), project) },
  };
}

function templateFromV2({
  labels,
  annotations,
  parallelism,
  taskCount,
  template = {},
}: ExecutionTemplateV2): ExecutionTemplate {
  refuseSystems('template.annotations', annotations);
  refuseSystems('template.labels', labels);
  const { containers = [], maxRetries, timeout, serviceAccount, executionEnvironment, ...unmapped } = template;
  const environment = enumName(
    enums.executionEnvironment,
    executionEnvironment,
    'job.template.template.execution_environment',
  );
  return {
    metadata: present<Readonly<Record<string, string>>>({
      labels,
      annotations: present({
        ...annotations,
        [v1.executionEnvironment]: environment?.slice(-4).toLowerCase(),
        [v1.more]: jsonOf(unmapped),
      }),
    }),
    spec: {
      ...present({ parallelism, taskCount: taskCount === 0 ? undefined : taskCount }),
      template: {
        spec: {
          containers: containers.map(containerFromV2),
          ...present({
            maxRetries,
            timeoutSeconds: timeout === undefined || timeout === '' ? undefined : seconds(timeout),
            serviceAccountName: textOf(serviceAccount),
          }),
        },
      },
    },
  };
}

export function overridesFromV2({ overrides }: RunRequestV2): Overrides | undefined {
  if (overrides === undefined || Object.keys(overrides).length === 0) return undefined;
  const { timeout, ...same } = overrides;
  return { ...same, ...present({ timeoutSeconds: timeout === undefined ? undefined : seconds(timeout) }) };
}
