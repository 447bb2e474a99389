import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleError, sendGoogleError } from '../../../internal/google-api/google-error.ts';
import type { KnativeJob } from '../../../run/jobs/knative-job.ts';
import { jobFromV2, overridesFromV2 } from '../../../run/jobs/v2/from-v2.ts';
import { type JobV2, readJobV2, readRunRequestV2 } from '../../../run/jobs/v2/job-v2.ts';
import { executionToV2, jobToV2 } from '../../../run/jobs/v2/to-v2.ts';
import { jobInWordsOfV2 } from '../../../run/jobs/v2/violations.ts';
import type { Operation } from '../../../run/services/v2/operations.ts';
import { type Call, emailOfCaller, noRoute } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import { mayActAs } from '../may-act-as.ts';
import { answerPage } from '../page.ts';
import { readRunCall } from '../run-call.ts';
import { asDeleted, checkEtag, type RunV2Context, validated } from '../run-v2-routes.ts';
import { jobNamed } from './find.ts';
import type { JobContext } from './job-context.ts';
import { jobPolicies } from './job-policies.ts';
import { runJob } from './run-job.ts';

const TYPE = 'type.googleapis.com/google.cloud.run.v2.Job';
export const EXECUTION_TYPE = 'type.googleapis.com/google.cloud.run.v2.Execution';
export const V2_JOBS = '/v2/projects/:project/locations/:location/jobs';

/**
 * Cloud Run's jobs in its v2 API, which Terraform and Google's client libraries speak.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs
 */
export async function jobV2Routes(app: FastifyInstance, context: JobContext & RunV2Context): Promise<void> {
  const { project, iam, jobs, operations } = context;
  const read = (request: FastifyRequest) => readRunCall(request, context);
  const policyMethod = jobPolicies(context);
  app.setErrorHandler((error, { method }, reply) => sendGoogleError(jobInWordsOfV2(error, method), reply));

  app.post(V2_JOBS, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.jobs.create', 'project');
    return create(call.query.jobId ?? '', readJobV2(call.body), call);
  });
  app.get(V2_JOBS, async (request) => {
    const { caller, query } = await read(request);
    permit(iam, caller, 'run.jobs.list', 'project');
    return answerPage('jobs', jobs.list(), query, (job) => jobToV2(job, project));
  });
  app.get(`${V2_JOBS}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyMethod(call) ?? refuse(request);
    permit(iam, call.caller, 'run.jobs.get', `jobs/${call.name}`);
    return jobToV2(jobNamed(call.name, context), project);
  });
  app.patch(`${V2_JOBS}/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, query, body } = call;
    permit(iam, caller, 'run.jobs.update', `jobs/${name}`);
    const sent = readJobV2(body);
    if (jobs.find(name) === undefined && query.allowMissing === 'true') {
      permit(iam, caller, 'run.jobs.create', 'project');
      return create(name, sent, call);
    }
    checkEtag(jobNamed(name, context).metadata, sent.etag);
    const desired = jobFromV2(name, sent, project);
    mayActAs(context, caller, desired.spec.template.spec.template.spec.serviceAccountName);
    return done(await jobs.replace(desired, changeOf(call), undefined), call);
  });
  app.delete(`${V2_JOBS}/:target`, async (request) => {
    const { caller, name, query } = await read(request);
    permit(iam, caller, 'run.jobs.delete', `jobs/${name}`);
    const current = jobNamed(name, context);
    checkEtag(current.metadata, query.etag);
    const gone = asDeleted(TYPE, jobToV2(current, project));
    if (query.validateOnly === 'true') return validated(gone);
    jobs.remove(name);
    return operations.begin(gone, Promise.resolve(gone));
  });
  app.post(`${V2_JOBS}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== 'run') return policyMethod(call) ?? refuse(request);
    return run(call);
  });

  /** The operation that is done when the execution is over. */
  async function run(call: Call): Promise<Operation> {
    const asked = readRunRequestV2(call.body);
    if (asked.validateOnly === true)
      throw new GoogleError(
        'UNIMPLEMENTED',
        'validate_only of jobs.run is not emulated by run-edges: the job would run.',
      );
    const overrides = overridesFromV2(asked);
    if (jobs.find(call.name) !== undefined) checkEtag(jobNamed(call.name, context).metadata, asked.etag);
    const execution = await runJob(context, call, overrides);
    const typed = () => ({ '@type': EXECUTION_TYPE, ...executionToV2(execution.shown(), project) });
    const ended = execution.over.then(() => {
      if (execution.status === 'EXECUTION_SUCCEEDED') return typed();
      throw new Error(execution.shown().status.conditions.find(({ type }) => type === 'Completed')?.message);
    });
    return operations.begin(typed(), ended);
  }

  async function create(name: string, sent: JobV2, call: Call): Promise<Operation> {
    const desired = jobFromV2(name, sent, project);
    mayActAs(context, call.caller, desired.spec.template.spec.template.spec.serviceAccountName);
    return done(await jobs.create(desired, changeOf(call)), call);
  }

  function done(job: KnativeJob, { query }: Call): Operation {
    const typed = { '@type': TYPE, ...jobToV2(job, project) };
    if (query.validateOnly === 'true') return validated(typed);
    const ready = job.status.conditions.find(({ type }) => type === 'Ready');
    return operations.begin(
      typed,
      ready?.status === 'False' ? Promise.reject(new Error(ready.message)) : Promise.resolve(typed),
    );
  }

  function refuse(request: FastifyRequest): never {
    throw noRoute(request);
  }
}

function changeOf({ caller, query }: Call): { readonly by: string; readonly dryRun: boolean } {
  return { by: emailOfCaller(caller), dryRun: query.validateOnly === 'true' };
}
