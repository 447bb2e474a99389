import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Call, noRoute, readCall } from '../api/call.ts';
import { sendGoogleError } from '../api/google-error.ts';
import { createIamPolicies } from '../api/iam-policies.ts';
import type { AdminContext } from './admin-context.ts';

/**
 * Cloud Run's v2 API, which Terraform and Google's client libraries speak.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 */
export async function runV2Routes(app: FastifyInstance, context: AdminContext): Promise<void> {
  const policies = createIamPolicies(context);
  app.setErrorHandler((error, _request, reply) => sendGoogleError(error, reply));

  const read = async (request: FastifyRequest): Promise<Call> => {
    const call = await readCall(request, context);
    context.apis.need('run.googleapis.com');
    return call;
  };

  const base = '/v2/projects/:project/locations/:location/services';
  app.get(`${base}/:target`, async (request) => {
    const call = await read(request);
    const answer = call.method === 'getIamPolicy' ? policies.answer(call, policies.serviceAt) : undefined;
    if (answer === undefined) throw noRoute(request);
    return answer;
  });
  app.post(`${base}/:target`, async (request) => {
    const answer = policies.answer(await read(request), policies.serviceAt);
    if (answer === undefined) throw noRoute(request);
    return answer;
  });
}
