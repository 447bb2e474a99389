import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Call, emailOfCaller, noRoute, readCall } from '../api/call.ts';
import { GoogleError } from '../api/google-error.ts';
import { createIamPolicies } from '../api/iam-policies.ts';
import { permit } from '../api/permit.ts';
import type { KnativeService } from '../run/knative.ts';
import { conflict, notFound } from '../run/run-errors.ts';
import { serviceProblem } from '../run/service-problem.ts';
import type { DesiredService } from '../run/services.ts';
import { revisionsOf } from '../run/status.ts';
import { fromV2, readServiceV2 } from '../run/v2/from-v2.ts';
import type { Operation, Operations } from '../run/v2/operations.ts';
import type { ServiceV2 } from '../run/v2/service-v2.ts';
import { etagOf, revisionToV2, toV2 } from '../run/v2/to-v2.ts';
import { masked } from '../run/v2/update-mask.ts';
import type { AdminContext } from './admin-context.ts';
import { mayActAs } from './may-act-as.ts';
import { page } from './page.ts';

const TYPE = { '@type': 'type.googleapis.com/google.cloud.run.v2.Service' };

/**
 * Cloud Run's v2 API, which Terraform and Google's client libraries speak: the same services, changed by long-running
 * operations.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 */
export async function runV2Routes(
  app: FastifyInstance,
  context: AdminContext & { readonly operations: Operations },
): Promise<void> {
  const { project, iam, services, operations, apis } = context;
  const policies = createIamPolicies(context);

  const read = async (request: FastifyRequest): Promise<Call> => {
    const call = await readCall(request, context);
    apis.need('run.googleapis.com');
    return call;
  };

  const base = '/v2/projects/:project/locations/:location/services';
  app.post(base, async (request) => {
    const { caller, query, body } = await read(request);
    permit(iam, caller, 'run.services.create', 'project');
    return createService(query.serviceId ?? '', readServiceV2(body), { caller, query });
  });
  app.get(base, async (request) => {
    const { caller, query } = await read(request);
    permit(iam, caller, 'run.services.list', 'project');
    const { items, next } = page(services.list(), query);
    return {
      services: items.map((service) => toV2(service, project)),
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });
  app.get(`${base}/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, method } = call;
    if (method === undefined) {
      permit(iam, caller, 'run.services.get', `services/${name}`);
      return toV2(found(name), project);
    }
    const answer = method === 'getIamPolicy' ? policies.answerForService(call) : undefined;
    if (answer === undefined) throw noRoute(request);
    return answer;
  });
  app.post(`${base}/:target`, async (request) => {
    const answer = policies.answerForService(await read(request));
    if (answer === undefined) throw noRoute(request);
    return answer;
  });
  app.patch(`${base}/:target`, async (request) => {
    const { caller, name, query, body } = await read(request);
    permit(iam, caller, 'run.services.update', `services/${name}`);
    const change = readServiceV2(body);
    if (services.find(name) === undefined && query.allowMissing === 'true') {
      permit(iam, caller, 'run.services.create', 'project');
      return createService(name, change, { caller, query });
    }
    const current = found(name);
    const etag = change.etag === undefined || change.etag === '' ? undefined : change.etag;
    checkEtag(current, etag);
    const desired = fromV2(name, masked(toV2(current, project) as ServiceV2, change, query.updateMask), project);
    mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
    if (query.validateOnly === 'true')
      return validated(
        desired,
        services.find(name)?.revisions.map(({ metadata }) => metadata.name),
      );
    await services.replace(desired, emailOfCaller(caller), undefined);
    return operation(name);
  });
  app.delete(`${base}/:target`, async (request) => {
    const { caller, name, query } = await read(request);
    permit(iam, caller, 'run.services.delete', `services/${name}`);
    const current = found(name);
    checkEtag(current, query.etag);
    const now = Date.now();
    const gone = {
      ...TYPE,
      ...toV2(current, project),
      deleteTime: new Date(now).toISOString(),
      expireTime: new Date(now + 30 * 24 * 3600 * 1000).toISOString(),
    };
    if (query.validateOnly === 'true') return operations.begin(gone, Promise.resolve(gone));
    services.remove(name);
    return operations.begin(
      gone,
      services.ready(name).then(() => gone),
    );
  });

  app.get(`${base}/:service/revisions`, async (request) => {
    const { caller, query } = await read(request);
    const { service } = request.params as { service: string };
    permit(iam, caller, 'run.revisions.list', 'project');
    const all = service === '-' ? services.list().map(({ metadata }) => metadata.name) : [found(service).metadata.name];
    const revisions = all.flatMap((name) => revisionsOf(services.find(name))).toReversed();
    const { items, next } = page(revisions, query);
    return {
      revisions: items.map((revision) => revisionToV2(revision, project)),
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });
  app.get(`${base}/:service/revisions/:target`, async (request) => {
    const { caller, name } = await read(request);
    const { service } = request.params as { service: string };
    permit(iam, caller, 'run.revisions.get', 'project');
    const revision = revisionsOf(services.find(service)).find(({ metadata }) => metadata.name === name);
    if (revision === undefined) throw notFound('REVISION', name, project);
    return revisionToV2(revision, project);
  });

  function found(name: string): KnativeService {
    const deployed = services.find(name);
    if (deployed === undefined) throw notFound('SERVICE', name, project);
    return deployed.service;
  }

  async function createService(
    name: string,
    sent: ServiceV2,
    { caller, query }: Pick<Call, 'caller' | 'query'>,
  ): Promise<Operation> {
    const desired = fromV2(name, sent, project);
    mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
    if (query.validateOnly === 'true') return validated(desired, []);
    await services.create(desired, emailOfCaller(caller));
    return operation(name);
  }

  /** The operation that is done when the service is as it was asked to be. */
  function operation(name: string): Operation {
    const typed = () => ({ ...TYPE, ...toV2(found(name), project) });
    const work = services.ready(name).then(typed, (error: Error) => {
      const { conditions = [] } = services.find(name)?.service.status ?? {};
      throw new Error(conditions.find(({ type }) => type === 'Ready')?.message ?? error.message);
    });
    return operations.begin(typed(), work);
  }

  /** What `validateOnly` answers: nothing was done. */
  function validated(desired: DesiredService, revisions: readonly string[] = []): Operation {
    const problem = serviceProblem(desired, revisions);
    if (problem !== undefined) throw new GoogleError('INVALID_ARGUMENT', problem);
    return { name: '', metadata: TYPE, done: true, response: TYPE };
  }
}

function checkEtag({ metadata }: KnativeService, etag: string | undefined): void {
  if (etag === undefined || etag === '' || etag === etagOf(metadata)) return;
  throw conflict(metadata.name, etag, etagOf(metadata));
}
