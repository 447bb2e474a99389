import type { FastifyInstance, FastifyRequest } from 'fastify';
import { snakeCase } from '../../../internal/google-api/field-names.ts';
import { sendGoogleError } from '../../../internal/google-api/google-error.ts';
import { InvalidField, notFound } from '../../../run/services/run-errors.ts';
import type { Operation, Operations } from '../../../run/services/v2/operations.ts';
import { masked } from '../../../run/services/v2/update-mask.ts';
import { workerPoolFromV2 } from '../../../run/worker-pools/v2/from-v2.ts';
import { poolRevisionToV2, workerPoolToV2 } from '../../../run/worker-pools/v2/to-v2.ts';
import {
  POOL_OUTPUT_ONLY,
  readWorkerPoolV2,
  type WorkerPoolV2,
  workerPoolV2Schema,
} from '../../../run/worker-pools/v2/worker-pool-v2.ts';
import type { DeployedWorkerPool, WorkerPool } from '../../../run/worker-pools/worker-pool.ts';
import type { RunWorkerPools } from '../../../run/worker-pools/worker-pools.ts';
import { type Call, emailOfCaller, noRoute } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import { createIamPolicies, type IamPolicyOptions, type Target } from '../iam-policies.ts';
import { knativeList } from '../knative-list.ts';
import { mayActAs } from '../may-act-as.ts';
import { answerPage } from '../page.ts';
import { type RunCallContext, readRunCall } from '../run-call.ts';
import { asDeleted, checkEtag, validated } from '../run-v2-routes.ts';

/** What calls about worker pools need. */
export interface WorkerPoolContext extends RunCallContext, IamPolicyOptions {
  readonly workerPools: RunWorkerPools;
  readonly operations: Operations;
}

const TYPE = 'type.googleapis.com/google.cloud.run.v2.WorkerPool';
const BASE = '/v2/projects/:project/locations/:location/workerPools';

/**
 * Cloud Run's worker pools in its v2 API, which Terraform and Google's client libraries speak, and their policies.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools
 */
export async function workerPoolRoutes(app: FastifyInstance, context: WorkerPoolContext): Promise<void> {
  const { project, iam, workerPools, operations } = context;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readRunCall(request, context);
  app.setErrorHandler((error, { method }, reply) => sendGoogleError(inWordsOfV2(error, method), reply));

  app.post(BASE, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.workerpools.create', 'project');
    return create(call.query.workerPoolId ?? '', readWorkerPoolV2(call.body), call);
  });
  app.get(BASE, async (request) => {
    const { caller, query } = await read(request);
    permit(iam, caller, 'run.workerpools.list', 'project');
    return answerPage('workerPools', workerPools.list(), query, (pool) => workerPoolToV2(pool, project));
  });
  app.get(`${BASE}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyMethod(call, request);
    permit(iam, call.caller, 'run.workerpools.get', `workerPools/${call.name}`);
    return workerPoolToV2(poolNamed(call.name).pool, project);
  });
  app.patch(`${BASE}/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, query, body } = call;
    permit(iam, caller, 'run.workerpools.update', `workerPools/${name}`);
    const sent = readWorkerPoolV2(body);
    if (workerPools.find(name) === undefined && query.allowMissing === 'true') {
      permit(iam, caller, 'run.workerpools.create', 'project');
      return create(name, sent, call);
    }
    const { pool } = poolNamed(name);
    checkEtag(pool.metadata, sent.etag);
    const current = workerPoolToV2(pool, project) as WorkerPoolV2;
    const asked = masked(current, sent, query.updateMask, SHAPE);
    const desired = workerPoolFromV2(name, asked, project);
    mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
    return begun(workerPools.replace(desired, changeOf(call), undefined), call);
  });
  app.delete(`${BASE}/:target`, async (request) => {
    const { caller, name, query } = await read(request);
    permit(iam, caller, 'run.workerpools.delete', `workerPools/${name}`);
    const { pool } = poolNamed(name);
    checkEtag(pool.metadata, query.etag);
    const gone = asDeleted(TYPE, workerPoolToV2(pool, project));
    if (query.validateOnly === 'true') return validated(gone);
    workerPools.remove(name);
    return operations.begin(
      gone,
      workerPools.ready(name).then(() => gone),
    );
  });
  app.post(`${BASE}/:target`, async (request) => policyMethod(await read(request), request));
  app.get('/apis/run.googleapis.com/v1/namespaces/:project/workerpools', async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.workerpools.list', 'project');
    return knativeList('WorkerPoolList', workerPools.list().map(workerPoolToV1), call, V1);
  });
  app.get('/apis/run.googleapis.com/v1/namespaces/:project/workerpools/:target', async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'run.workerpools.get', `workerPools/${name}`);
    return workerPoolToV1(poolNamed(name).pool);
  });
  const v1 = '/v1/projects/:project/locations/:location/workerpools/:target';
  app.get(v1, async (request) => policyMethod(await read(request), request));
  app.post(v1, async (request) => policyMethod(await read(request), request));

  const revisions = `${BASE}/:pool/revisions`;
  const poolOf = (request: FastifyRequest) => (request.params as { pool: string }).pool;
  app.get(revisions, async (request) => {
    const { caller, query } = await read(request);
    const pool = poolOf(request);
    permit(iam, caller, 'run.revisions.list', `workerPools/${pool}`);
    return answerPage('revisions', poolNamed(pool).revisions.toReversed(), query, (revision) =>
      poolRevisionToV2(revision, pool, project),
    );
  });
  app.get(`${revisions}/:target`, async (request) => {
    const { caller, name } = await read(request);
    const pool = poolOf(request);
    permit(iam, caller, 'run.revisions.get', `workerPools/${pool}`);
    const revision = poolNamed(pool).revisions.find(({ metadata }) => metadata.name === name);
    if (revision === undefined) throw notFound('REVISION', name, project);
    return poolRevisionToV2(revision, pool, project);
  });

  function poolNamed(name: string): DeployedWorkerPool {
    const deployed = workerPools.find(name);
    if (deployed === undefined) throw notFound('WORKERPOOL', name, project);
    return deployed;
  }

  function policyMethod(call: Call, request: FastifyRequest): object {
    const named = (name: string): Target => ({ resource: `workerPools/${name}`, permissions: 'run.workerpools' });
    const find = (name: string) => named(poolNamed(name).pool.metadata.name);
    const answer = policies.answer(call, find, named);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }

  function create(name: string, sent: WorkerPoolV2, call: Call): Operation {
    const desired = workerPoolFromV2(name, sent, project);
    mayActAs(context, call.caller, desired.spec.template.spec.serviceAccountName);
    return begun(workerPools.create(desired, changeOf(call)), call);
  }

  /** The operation that is done when the pool is as it was asked to be. */
  function begun(pool: WorkerPool, { query }: Call): Operation {
    const { name } = pool.metadata;
    const typed = (current: WorkerPool) => ({ '@type': TYPE, ...workerPoolToV2(current, project) });
    if (query.validateOnly === 'true') return validated(typed(pool));
    const work = workerPools.ready(name).then(
      () => typed(poolNamed(name).pool),
      (error: Error) => {
        const [ready] = workerPools.find(name)?.pool.status.conditions ?? [];
        throw new Error(ready?.message ?? error.message);
      },
    );
    return operations.begin(typed(pool), work);
  }
}

const V1 = 'run.googleapis.com/v1';

/** A worker pool as the v1 API shows it, where it can be read alone here. */
function workerPoolToV1({ metadata, spec, status }: WorkerPool) {
  const annotations = { ...metadata.annotations, 'run.googleapis.com/manualInstanceCount': `${spec.instances}` };
  return {
    apiVersion: V1,
    kind: 'WorkerPool',
    metadata: { ...metadata, annotations },
    spec: { template: spec.template },
    status,
  };
}

const SHAPE = { schema: workerPoolV2Schema, outputOnly: POOL_OUTPUT_ONLY, what: 'a worker pool' };

function inWordsOfV2(error: unknown, verb: string): unknown {
  if (!(error instanceof InvalidField)) return error;
  const request = verb === 'POST' ? 'CreateWorkerPoolRequest' : 'UpdateWorkerPoolRequest';
  const field =
    error.field === 'metadata.name'
      ? 'worker_pool_id'
      : error.field === 'update_mask'
        ? error.field
        : `worker_pool.${snakeCase(error.field)}`;
  return new InvalidField(`Violation in ${request}.${field}`, error.description);
}

function changeOf({ caller, query }: Call): { readonly by: string; readonly dryRun: boolean } {
  return { by: emailOfCaller(caller), dryRun: query.validateOnly === 'true' };
}
