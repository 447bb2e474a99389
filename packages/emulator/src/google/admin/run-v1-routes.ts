import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readKnative } from '../../run/services/read-knative.ts';
import { InvalidField } from '../../run/services/run-errors.ts';
import { type Call, emailOfCaller, noRoute } from '../http/call.ts';
import { permit } from '../http/permit.ts';
import { createIamPolicies, type IamPolicyOptions } from './iam-policies.ts';
import { knativeList } from './knative-list.ts';
import { mayActAs } from './may-act-as.ts';
import { isDryRun, type RunCallContext, readRunCall, serviceNamed } from './run-call.ts';

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
export async function runV1Routes(app: FastifyInstance, context: RunCallContext & IamPolicyOptions): Promise<void> {
  const { project, iam, services } = context;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readRunCall(request, context);

  for (const base of V1_BASES) {
    app.get(`${base}/services`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.services.list', 'project');
      return knativeList('ServiceList', services.list(), call);
    });
    app.post(`${base}/services`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.services.create', 'project');
      const { desired } = readKnative(call.body, project);
      mayActAs(context, call.caller, desired.spec.template.spec.serviceAccountName);
      return services.create(desired, changeOf(call));
    });
    app.get(`${base}/services/:target`, async (request) => {
      const call = await read(request);
      if (call.method !== undefined) return policyMethod(request, call);
      permit(iam, call.caller, 'run.services.get', `services/${call.name}`);
      return serviceNamed(call.name, context);
    });
    app.put(`${base}/services/:target`, async (request) => {
      const call = await read(request);
      const { caller, name, body } = call;
      permit(iam, caller, 'run.services.update', `services/${name}`);
      serviceNamed(name, context);
      const { desired, version } = readKnative(body, project);
      if (desired.metadata.name !== name)
        throw new InvalidField('metadata.name', `"${desired.metadata.name}" is not the "${name}" of the path.`);
      mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
      return services.replace(desired, changeOf(call), version);
    });
    app.delete(`${base}/services/:target`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.services.delete', `services/${call.name}`);
      serviceNamed(call.name, context);
      if (!isDryRun(call)) services.remove(call.name);
      return DELETED;
    });
    app.post(`${base}/services/:target`, async (request) => policyMethod(request, await read(request)));
  }

  app.get('/v1/projects/:project/locations', async (request) => {
    const { caller } = await read(request);
    permit(iam, caller, 'run.locations.list', 'project');
    const location = { name: `projects/${project.id}/locations/${project.region}`, locationId: project.region };
    return { locations: [location] };
  });

  function policyMethod(request: FastifyRequest, call: Call): object {
    const answer = policies.answerForService(call);
    if (answer === undefined) throw noRoute(request);
    return answer;
  }
}

function changeOf(call: Call): { readonly by: string; readonly dryRun: boolean } {
  return { by: emailOfCaller(call.caller), dryRun: isDryRun(call) };
}
