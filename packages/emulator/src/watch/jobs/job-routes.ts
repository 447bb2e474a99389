import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Project } from '../../identity/project.ts';
import type { Execution } from '../../run/jobs/execution.ts';
import type { RunJobs } from '../../run/jobs/jobs.ts';
import type { CompletionStatus } from '../../run/jobs/knative-job.ts';
import type { OutputLine } from '../../run/jobs/output.ts';
import type { TaskState } from '../../run/jobs/task-run.ts';
import { notFound } from '../../run/services/run-errors.ts';
import type { DeveloperAlone } from '../routes/developer-alone.ts';

export interface ListedJob {
  readonly name: string;
  /** E-mail of the service account. */
  readonly serviceAccount: string;
  readonly tasks: number;
  /** Why it cannot be run here, or null. */
  readonly problem: string | null;
}

/** What `GET /run-edges/v1/jobs/JOB/executions/EXECUTION?after=NUMBER` answers. */
export interface ListedExecution {
  readonly execution: string;
  readonly job: string;
  readonly status: CompletionStatus;
  /** What became of it, in a sentence; empty while it runs. */
  readonly message: string;
  readonly tasks: readonly ListedTask[];
  /** What its tasks wrote after that line: the newest of it. */
  readonly lines: readonly OutputLine[];
}

export interface ListedTask {
  readonly index: number;
  readonly state: TaskState;
  readonly attempts: number;
  /** Of the last attempt, or null where it did not end by itself. */
  readonly exitCode: number | null;
}

export interface JobRouteOptions {
  readonly jobs: RunJobs;
  readonly project: Project;
  /** Who owns the project: an e-mail. */
  readonly owner: string;
  readonly developer: DeveloperAlone;
}

/** Milliseconds that a question about an execution waits for news. */
const WAIT_MS = 5000;

const runBody = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    args: { type: 'array', items: { type: 'string' }, maxItems: 1000 },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    tasks: { type: 'integer', minimum: 1, maximum: 10_000 },
  },
};

interface RunBody {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly tasks?: number;
}

/**
 * `GET /run-edges/v1/jobs`: what can be run. `POST .../jobs/JOB/executions` runs one, `GET .../executions/EXECUTION` tells
 * how it goes and what it writes, `POST .../executions/EXECUTION/cancel` ends it: the developer alone may, and whoever runs
 * in this process.
 */
export async function jobRoutes(app: FastifyInstance, options: JobRouteOptions): Promise<void> {
  const { jobs, project, owner, developer } = options;
  const params = { type: 'object', properties: { job: { type: 'string' }, execution: { type: 'string' } } };

  app.get('/run-edges/v1/jobs', (): { jobs: readonly ListedJob[] } => ({
    jobs: jobs.list().map(({ metadata, spec, status }) => ({
      name: metadata.name,
      serviceAccount: spec.template.spec.template.spec.serviceAccountName ?? '',
      tasks: spec.template.spec.taskCount ?? 1,
      problem: status.conditions.find(({ status }) => status === 'False')?.message ?? null,
    })),
  }));

  app.post<{ Params: { job: string }; Body: RunBody | null }>(
    '/run-edges/v1/jobs/:job/executions',
    { ...developer.orOwnProcess, schema: { params, body: runBody } },
    async ({ params: { job }, body }) => {
      const { args, env, tasks } = body ?? {};
      const container = {
        ...(args === undefined ? {} : args.length === 0 ? { clearArgs: true } : { args }),
        ...(env === undefined ? {} : { env: Object.entries(env).map(([name, value]) => ({ name, value })) }),
      };
      const { name } = await jobs.run(job, owner, {
        ...(tasks === undefined ? {} : { taskCount: tasks }),
        containerOverrides: [container],
      });
      return { execution: name };
    },
  );

  const at = '/run-edges/v1/jobs/:job/executions/:execution';
  app.get<{ Params: Named; Querystring: { after?: string } }>(
    at,
    {
      ...developer.orOwnProcess,
      schema: {
        params,
        querystring: { type: 'object', properties: { after: { type: 'string', pattern: '^\\d{1,9}$' } } },
      },
    },
    async (request): Promise<ListedExecution> => {
      const execution = find(request);
      const lines = await execution.output.after(Number(request.query.after ?? 0), WAIT_MS);
      return listed(execution, lines);
    },
  );
  app.post<{ Params: Named }>(`${at}/cancel`, { ...developer.orOwnProcess, schema: { params } }, async (request) => {
    find(request).cancel();
    return {};
  });

  function find({ params }: FastifyRequest<{ Params: Named }>): Execution {
    const execution = jobs.executions.find(params.execution);
    if (execution === undefined || execution.job !== params.job) throw notFound('EXECUTION', params.execution, project);
    return execution;
  }
}

interface Named {
  readonly job: string;
  readonly execution: string;
}

function listed(execution: Execution, lines: readonly OutputLine[]): ListedExecution {
  const completed = execution.shown().status.conditions.find(({ type }) => type === 'Completed');
  return {
    execution: execution.name,
    job: execution.job,
    status: execution.status,
    message: completed?.message ?? '',
    tasks: execution.progress().map(({ index, state, retried, last }) => ({
      index,
      state,
      attempts: state === 'Pending' || last === undefined ? 0 : retried + 1,
      exitCode: last?.ended === 'exited' ? last.exitCode : null,
    })),
    lines,
  };
}
