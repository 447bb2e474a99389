import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Execution } from '../../../run/jobs/execution.ts';
import { executionToV2, taskObjectToV2 } from '../../../run/jobs/v2/to-v2.ts';
import { notFound } from '../../../run/services/run-errors.ts';
import { noRoute } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import { answerPage } from '../page.ts';
import { readRunCall } from '../run-call.ts';
import { asDeleted, type RunV2Context } from '../run-v2-routes.ts';
import { cancel, executionFor, jobNamed } from './find.ts';
import type { JobContext } from './job-context.ts';
import { EXECUTION_TYPE, V2_JOBS } from './job-v2-routes.ts';

/** @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs.executions */
export async function executionV2Routes(app: FastifyInstance, context: JobContext & RunV2Context): Promise<void> {
  const { project, iam, jobs, operations } = context;
  const read = async (request: FastifyRequest) => ({
    ...(await readRunCall(request, context)),
    ...(request.params as { job: string; execution: string }),
  });
  const typed = (execution: Execution) => ({ '@type': EXECUTION_TYPE, ...executionToV2(execution.shown(), project) });

  const base = `${V2_JOBS}/:job/executions`;
  app.get(base, async (request) => {
    const { caller, query, job } = await read(request);
    permit(iam, caller, 'run.executions.list', 'project');
    const of = job === '-' ? undefined : jobNamed(job, context).metadata.name;
    return answerPage('executions', jobs.executions.list(of), query, (execution) =>
      executionToV2(execution.shown(), project),
    );
  });
  app.get(`${base}/:target`, async (request) => {
    const { caller, name, job } = await read(request);
    return executionToV2(
      executionFor(name, { caller, permission: 'run.executions.get', job }, context).shown(),
      project,
    );
  });
  app.delete(`${base}/:target`, async (request) => {
    const { caller, name, job, query } = await read(request);
    const execution = executionFor(name, { caller, permission: 'run.executions.delete', job }, context);
    const gone = asDeleted(EXECUTION_TYPE, executionToV2(execution.shown(), project));
    if (query.validateOnly !== 'true') jobs.executions.remove(name);
    return operations.begin(gone, Promise.resolve(gone));
  });
  app.post(`${base}/:target`, async (request) => {
    const { caller, name, method, job } = await read(request);
    if (method !== 'cancel') throw noRoute(request);
    const execution = executionFor(name, { caller, permission: 'run.executions.cancel', job }, context);
    cancel(execution);
    return operations.begin(
      typed(execution),
      execution.over.then(() => typed(execution)),
    );
  });

  const tasks = `${base}/:execution/tasks`;
  app.get(tasks, async (request) => {
    const { caller, query, job, execution } = await read(request);
    permit(iam, caller, 'run.tasks.list', 'project');
    const all = executionFor(execution, { caller, permission: 'run.tasks.list', job }, context).tasks();
    return answerPage('tasks', all, query, (task) => taskObjectToV2(task, project));
  });
  app.get(`${tasks}/:target`, async (request) => {
    const { caller, name, job, execution } = await read(request);
    const all = executionFor(execution, { caller, permission: 'run.tasks.get', job }, context).tasks();
    const task = all.find(({ metadata }) => metadata.name === name);
    if (task === undefined) throw notFound('TASK', name, project);
    return taskObjectToV2(task, project);
  });
}
