import { shapeCheck } from '../../internal/google-api/check-shape.ts';
import type { Container } from '../services/knative.ts';
import { InvalidField } from '../services/run-errors.ts';
import { executionProblem } from './job-problem.ts';
import { runRequestSchema } from './job-schema.ts';
import type { ExecutionSpec } from './knative-job.ts';

/** What is otherwise for one execution. */
export interface Overrides {
  readonly taskCount?: number;
  readonly timeoutSeconds?: number;
  readonly containerOverrides?: readonly ContainerOverride[];
}

interface ContainerOverride {
  readonly name?: string;
  readonly args?: readonly string[];
  readonly clearArgs?: boolean;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

const check = shapeCheck<{ readonly overrides?: Overrides }>(runRequestSchema);

/** The overrides in a v1 body, or undefined where there are none. @throws GoogleError INVALID_ARGUMENT */
export function readOverrides(body: unknown): Overrides | undefined {
  const { overrides } = check(body);
  return overrides === undefined || Object.keys(overrides).length === 0 ? undefined : overrides;
}

/** What is run: the job's, with the overrides. @throws GoogleError INVALID_ARGUMENT */
export function overridden(
  spec: ExecutionSpec,
  { taskCount, timeoutSeconds, containerOverrides = [] }: Overrides,
): ExecutionSpec {
  const { containers } = spec.template.spec;
  for (const [index, { name = '', args = [], clearArgs }] of containerOverrides.entries()) {
    if (!containers.some((one) => name === '' || one.name === name))
      throw new InvalidField(`overrides.container_overrides[${index}].name`, `there is no container "${name}".`);
    if (clearArgs === true && args.length > 0)
      throw new InvalidField(`overrides.container_overrides[${index}].args`, 'must be empty where clear_args is set.');
  }
  const result: ExecutionSpec = {
    ...spec,
    ...(taskCount === undefined || taskCount === 0 ? {} : { taskCount }),
    template: {
      spec: {
        ...spec.template.spec,
        ...(timeoutSeconds === undefined || timeoutSeconds === 0 ? {} : { timeoutSeconds }),
        containers: containers.map((container) =>
          containerOverrides
            .filter(({ name = '' }) => name === '' || name === container.name)
            .reduce(changed, container),
        ),
      },
    },
  };
  const problem = executionProblem(result, 'overrides');
  const [, field = '', description = ''] = /^(\S+): (.*)$/s.exec(problem ?? '') ?? [];
  if (problem !== undefined) throw new InvalidField(field, description);
  return result;
}

function changed(container: Container, { args = [], clearArgs, env = [] }: ContainerOverride): Container {
  const said = new Map((container.env ?? []).map((one) => [one.name, one]));
  for (const { name, value = '' } of env) said.set(name, { name, value });
  return {
    ...container,
    ...(args.length > 0 || clearArgs === true ? { args } : {}),
    env: [...said.values()],
  };
}
