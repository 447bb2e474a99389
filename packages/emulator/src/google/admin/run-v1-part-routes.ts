import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Iam } from '../../iam/policies/iam.ts';
import { configurationOf, routeOf } from '../../run/services/derived-objects.ts';
import { permit } from '../http/permit.ts';
import { knativeList } from './knative-list.ts';
import { isDryRun, type RunCallContext, readRunCall, revisionNamed, revisionsIn, serviceNamed } from './run-call.ts';
import { DELETED, V1_BASES } from './run-v1-routes.ts';

/**
 * What services are made of in the v1 API: revisions, configurations and routes.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.revisions
 */
export async function runV1PartRoutes(
  app: FastifyInstance,
  context: RunCallContext & { readonly iam: Iam },
): Promise<void> {
  const { iam, services } = context;
  const read = (request: FastifyRequest) => readRunCall(request, context);

  for (const base of V1_BASES) {
    app.get(`${base}/revisions`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.revisions.list', 'project');
      return knativeList('RevisionList', revisionsIn(context), call);
    });
    app.get(`${base}/revisions/:target`, async (request) => {
      const { caller, name } = await read(request);
      permit(iam, caller, 'run.revisions.get', 'project');
      return revisionNamed(name, context);
    });
    app.delete(`${base}/revisions/:target`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.revisions.delete', 'project');
      const { labels } = revisionNamed(call.name, context).metadata;
      services.removeRevision(labels['serving.knative.dev/service'] ?? '', call.name, isDryRun(call));
      return DELETED;
    });

    app.get(`${base}/configurations`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.configurations.list', 'project');
      return knativeList('ConfigurationList', services.list().map(configurationOf), call);
    });
    app.get(`${base}/configurations/:target`, async (request) => {
      const { caller, name } = await read(request);
      permit(iam, caller, 'run.configurations.get', `services/${name}`);
      return configurationOf(serviceNamed(name, context, 'CONFIGURATION'));
    });
    app.get(`${base}/routes`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.routes.list', 'project');
      return knativeList('RouteList', services.list().map(routeOf), call);
    });
    app.get(`${base}/routes/:target`, async (request) => {
      const { caller, name } = await read(request);
      permit(iam, caller, 'run.routes.get', `services/${name}`);
      return routeOf(serviceNamed(name, context, 'ROUTE'));
    });
  }
}
