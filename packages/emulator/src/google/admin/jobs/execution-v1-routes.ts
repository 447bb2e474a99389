import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noRoute } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import { knativeList } from '../knative-list.ts';
import { readRunCall } from '../run-call.ts';
import { DELETED } from '../run-v1-routes.ts';
import { cancel, executionFor, taskFor } from './find.ts';
import type { JobContext } from './job-context.ts';
import { API_VERSION, V1_JOBS } from './job-v1-routes.ts';

/**
 * The runs of jobs, and their tasks, in the v1 API.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.executions
 */
export async function executionV1Routes(app: FastifyInstance, context: JobContext): Promise<void> {
  const { iam, jobs } = context;
  const read = (request: FastifyRequest) => readRunCall(request, context);

  app.get(`${V1_JOBS}/executions`, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.executions.list', 'project');
    const all = jobs.executions.list().map((execution) => execution.shown());
    return knativeList('ExecutionList', all, call, API_VERSION);
  });
  app.get(`${V1_JOBS}/executions/:target`, async (request) => {
    const { caller, name } = await read(request);
    return executionFor(name, { caller, permission: 'run.executions.get' }, context).shown();
  });
  app.delete(`${V1_JOBS}/executions/:target`, async (request) => {
    const { caller, name } = await read(request);
    jobs.executions.remove(executionFor(name, { caller, permission: 'run.executions.delete' }, context).name);
    return DELETED;
  });
  app.post(`${V1_JOBS}/executions/:target`, async (request) => {
    const { caller, name, method } = await read(request);
    if (method !== 'cancel') throw noRoute(request);
    const execution = executionFor(name, { caller, permission: 'run.executions.cancel' }, context);
    cancel(execution);
    return execution.shown();
  });

  app.get(`${V1_JOBS}/tasks`, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.tasks.list', 'project');
    const all = jobs.executions.list().flatMap((execution) => execution.tasks());
    return knativeList('TaskList', all, call, API_VERSION);
  });
  app.get(`${V1_JOBS}/tasks/:target`, async (request) => {
    const { caller, name } = await read(request);
    return taskFor(name, caller, context);
  });
}
