import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readOverrides } from '../../../run/jobs/overrides.ts';
import { readJob } from '../../../run/jobs/read-job.ts';
import { InvalidField } from '../../../run/services/run-errors.ts';
import { type Call, emailOfCaller, noRoute } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import { knativeList } from '../knative-list.ts';
import { mayActAs } from '../may-act-as.ts';
import { isDryRun, readRunCall } from '../run-call.ts';
import { DELETED } from '../run-v1-routes.ts';
import { jobNamed } from './find.ts';
import type { JobContext } from './job-context.ts';
import { jobPolicies } from './job-policies.ts';
import { runJob } from './run-job.ts';

/** Where v1 has jobs, executions and tasks. */
export const V1_JOBS = '/apis/run.googleapis.com/v1/namespaces/:project';
export const API_VERSION = 'run.googleapis.com/v1';

/**
 * Cloud Run's jobs in its v1 API, which gcloud speaks, and their policies.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.jobs
 */
export async function jobV1Routes(app: FastifyInstance, context: JobContext): Promise<void> {
  const { project, iam, jobs } = context;
  const read = (request: FastifyRequest) => readRunCall(request, context);

  app.get(`${V1_JOBS}/jobs`, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.jobs.list', 'project');
    return knativeList('JobList', jobs.list(), call, API_VERSION);
  });
  app.post(`${V1_JOBS}/jobs`, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.jobs.create', 'project');
    const { desired } = readJob(call.body, project);
    mayActAs(context, call.caller, desired.spec.template.spec.template.spec.serviceAccountName);
    return jobs.create(desired, changeOf(call));
  });
  app.get(`${V1_JOBS}/jobs/:target`, async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'run.jobs.get', `jobs/${name}`);
    return jobNamed(name, context);
  });
  app.put(`${V1_JOBS}/jobs/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, body } = call;
    permit(iam, caller, 'run.jobs.update', `jobs/${name}`);
    jobNamed(name, context);
    const { desired, version } = readJob(body, project);
    if (desired.metadata.name !== name)
      throw new InvalidField('metadata.name', `"${desired.metadata.name}" is not the "${name}" of the path.`);
    mayActAs(context, caller, desired.spec.template.spec.template.spec.serviceAccountName);
    return jobs.replace(desired, changeOf(call), version);
  });
  app.delete(`${V1_JOBS}/jobs/:target`, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.jobs.delete', `jobs/${call.name}`);
    jobNamed(call.name, context);
    if (!isDryRun(call)) jobs.remove(call.name);
    return DELETED;
  });
  app.post(`${V1_JOBS}/jobs/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== 'run') throw noRoute(request);
    return (await runJob(context, call, readOverrides(call.body))).shown();
  });
}

/** What is answered at the addresses where jobs of Cloud Run have their policies; undefined for any other method. */
export function jobV1Policy(context: JobContext): (request: FastifyRequest) => Promise<object | undefined> {
  const policyMethod = jobPolicies(context);
  return async (request) => {
    const { target = '' } = request.params as { target?: string };
    if (!/:(?:getIamPolicy|setIamPolicy|testIamPermissions)$/.test(target)) return undefined;
    return policyMethod(await readRunCall(request, context));
  };
}

function changeOf(call: Call): { readonly by: string; readonly dryRun: boolean } {
  return { by: emailOfCaller(call.caller), dryRun: isDryRun(call) };
}
