import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendGoogleError } from '../../internal/google-api/google-error.ts';
import type { Change } from '../../run/services/asked-for.ts';
import type { KnativeService, ObjectMeta } from '../../run/services/knative.ts';
import { conflict } from '../../run/services/run-errors.ts';
import { fromV2, readServiceV2 } from '../../run/services/v2/from-v2.ts';
import type { Operation, Operations } from '../../run/services/v2/operations.ts';
import type { ServiceV2 } from '../../run/services/v2/service-v2.ts';
import { etagOf, toV2 } from '../../run/services/v2/to-v2.ts';
import { masked } from '../../run/services/v2/update-mask.ts';
import { inWordsOfV2 } from '../../run/services/v2/violations.ts';
import { type Call, emailOfCaller, noRoute } from '../http/call.ts';
import { permit } from '../http/permit.ts';
import { createIamPolicies, type IamPolicyOptions } from './iam-policies.ts';
import { mayActAs } from './may-act-as.ts';
import { page } from './page.ts';
import { type RegionalCall, type RegionalContext, readRegionalCall, serviceNamed } from './run-call.ts';

export interface RunV2Context extends RegionalContext, IamPolicyOptions {
  readonly operations: Operations;
}

const TYPE = 'type.googleapis.com/google.cloud.run.v2.Service';

/**
 * Cloud Run's v2 API, which Terraform and Google's client libraries speak: the same services, changed by long-running
 * operations.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 */
export async function runV2Routes(app: FastifyInstance, context: RunV2Context): Promise<void> {
  const { iam, operations } = context;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readRegionalCall(request, context);
  app.setErrorHandler((error, { method }, reply) => sendGoogleError(inWordsOfV2(error, method), reply));

  const base = '/v2/projects/:project/locations/:location/services';
  app.post(base, async (request) => {
    const call = await read(request);
    permit(iam, call.caller, 'run.services.create', 'project');
    return create(call.query.serviceId ?? '', readServiceV2(call.body), call);
  });
  app.get(base, async (request) => {
    const { caller, query, regions } = await read(request);
    permit(iam, caller, 'run.services.list', 'project');
    const { items, next } = page(
      regions.flatMap(({ services, project }) => services.list().map((service) => toV2(service, project))),
      query,
    );
    return {
      services: items,
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });
  app.get(`${base}/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyMethod(request, call);
    const { name, region } = call;
    permit(iam, call.caller, 'run.services.get', region.resource(name));
    return toV2(serviceNamed(name, region), region.project);
  });
  app.post(`${base}/:target`, async (request) => policyMethod(request, await read(request)));
  app.patch(`${base}/:target`, async (request) => {
    const call = await read(request);
    const { caller, name, query, body, region } = call;
    const { services, project } = region;
    permit(iam, caller, 'run.services.update', region.resource(name));
    const change = readServiceV2(body);
    if (services.find(name) === undefined && query.allowMissing === 'true') {
      permit(iam, caller, 'run.services.create', 'project');
      return create(name, change, call);
    }
    const current = serviceNamed(name, region);
    checkEtag(current.metadata, change.etag);
    const desired = fromV2(name, masked(toV2(current, project) as ServiceV2, change, query.updateMask), project);
    mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
    return begun(await services.replace(desired, changeOf(call), undefined), call);
  });
  app.delete(`${base}/:target`, async (request) => {
    const { caller, name, query, region } = await read(request);
    const { services, project } = region;
    permit(iam, caller, 'run.services.delete', region.resource(name));
    const current = serviceNamed(name, region);
    checkEtag(current.metadata, query.etag);
    const gone = asDeleted(TYPE, toV2(current, project));
    if (query.validateOnly === 'true') return validated(gone);
    services.remove(name);
    return operations.begin(
      gone,
      services.ready(name).then(() => gone),
      project.region,
    );
  });

  function policyMethod(request: FastifyRequest, call: RegionalCall): object {
    const answer = policies.answerForService(call, call.region);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }

  async function create(name: string, sent: ServiceV2, call: RegionalCall): Promise<Operation> {
    const { services, project } = call.region;
    const desired = fromV2(name, sent, project);
    mayActAs(context, call.caller, desired.spec.template.spec.serviceAccountName);
    return begun(await services.create(desired, changeOf(call)), call);
  }

  /** The operation that is done when the service is as it was asked to be. */
  function begun(service: KnativeService, { query, region }: RegionalCall): Operation {
    const { services, project } = region;
    const { name } = service.metadata;
    const typed = (current: KnativeService) => ({ '@type': TYPE, ...toV2(current, project) });
    if (query.validateOnly === 'true') return validated(typed(service));
    const work = services.ready(name).then(
      () => typed(serviceNamed(name, region)),
      (error: Error) => {
        const { conditions = [] } = services.find(name)?.service.status ?? {};
        throw new Error(conditions.find(({ type }) => type === 'Ready')?.message ?? error.message);
      },
    );
    return operations.begin(typed(service), work, project.region);
  }
}

/** What `validateOnly` answers: an operation that did nothing, with what would be. */
export function validated(typed: object): Operation {
  return { name: '', metadata: typed, done: true, response: typed };
}

/** What was deleted, as its operation tells of it: it could be asked for 30 days. */
export function asDeleted(type: string, fields: object): object {
  const now = Date.now();
  return {
    '@type': type,
    ...fields,
    deleteTime: new Date(now).toISOString(),
    expireTime: new Date(now + 30 * 24 * 3600 * 1000).toISOString(),
  };
}

/** @throws GoogleError ABORTED when it is not the newest */
export function checkEtag(metadata: ObjectMeta, etag: string | undefined): void {
  if (etag === undefined || etag === '' || etag === etagOf(metadata)) return;
  throw conflict(metadata.name, etag, etagOf(metadata));
}

function changeOf({ caller, query }: Call): Change {
  return {
    by: emailOfCaller(caller),
    dryRun: query.validateOnly === 'true',
    newRevision: query.forceNewRevision === 'true',
  };
}
