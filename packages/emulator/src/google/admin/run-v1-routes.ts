import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readKnative } from '../../run/services/read-knative.ts';
import { InvalidField } from '../../run/services/run-errors.ts';
import { type Call, emailOfCaller, noRoute } from '../http/call.ts';
import { permit } from '../http/permit.ts';
import { createIamPolicies, type IamPolicyOptions } from './iam-policies.ts';
import { knativeList } from './knative-list.ts';
import { mayActAs } from './may-act-as.ts';
import {
  isDryRun,
  type RegionalCall,
  type RegionalContext,
  readRegionalCall,
  serviceNamed,
  servicesIn,
} from './run-call.ts';

/** Where v1 has its objects: by the region in the host name, as gcloud asks, or by the region in the path. */
export const V1_BASES: readonly string[] = [
  '/apis/serving.knative.dev/v1/namespaces/:project',
  '/v1/projects/:project/locations/:location',
];

/** What a deletion answers. */
export const DELETED: object = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' };

/**
 * Cloud Run's v1 API, which gcloud speaks: services as Knative objects, and their policies.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1
 */
export async function runV1Routes(app: FastifyInstance, context: RegionalContext & IamPolicyOptions): Promise<void> {
  const { project, iam, regions } = context;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readRegionalCall(request, context);

  for (const base of V1_BASES) {
    app.get(`${base}/services`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.services.list', 'project');
      return knativeList('ServiceList', servicesIn(call.regions), call);
    });
    app.post(`${base}/services`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.services.create', 'project');
      const { desired } = readKnative(call.body, call.region.project);
      mayActAs(context, call.caller, desired.spec.template.spec.serviceAccountName);
      return call.region.services.create(desired, changeOf(call));
    });
    app.get(`${base}/services/:target`, async (request) => {
      const call = await read(request);
      if (call.method !== undefined) return policyMethod(request, call);
      permit(iam, call.caller, 'run.services.get', call.region.resource(call.name));
      return serviceNamed(call.name, call.region);
    });
    app.put(`${base}/services/:target`, async (request) => {
      const call = await read(request);
      const { caller, name, body, region } = call;
      permit(iam, caller, 'run.services.update', region.resource(name));
      serviceNamed(name, region);
      const { desired, version } = readKnative(body, region.project);
      if (desired.metadata.name !== name)
        throw new InvalidField('metadata.name', `"${desired.metadata.name}" is not the "${name}" of the path.`);
      mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
      return region.services.replace(desired, changeOf(call), version);
    });
    app.delete(`${base}/services/:target`, async (request) => {
      const call = await read(request);
      const { name, region } = call;
      permit(iam, call.caller, 'run.services.delete', region.resource(name));
      serviceNamed(name, region);
      if (!isDryRun(call)) region.services.remove(name);
      return DELETED;
    });
    app.post(`${base}/services/:target`, async (request) => policyMethod(request, await read(request)));
  }

  app.get('/v1/projects/:project/locations', async (request) => {
    const { caller } = await read(request);
    permit(iam, caller, 'run.locations.list', 'project');
    const locations = regions
      .list()
      .filter((one) => one === regions.home || one.services.list().length > 0)
      .map((one) => one.project.region);
    return { locations: locations.map((id) => ({ name: `projects/${project.id}/locations/${id}`, locationId: id })) };
  });

  function policyMethod(request: FastifyRequest, call: RegionalCall): object {
    const answer = policies.answerForService(call, call.region);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }
}

function changeOf(call: Call): { readonly by: string; readonly dryRun: boolean } {
  return { by: emailOfCaller(call.caller), dryRun: isDryRun(call) };
}
