import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Iam } from '../../iam/policies/iam.ts';
import { configurationOf, routeOf } from '../../run/services/derived-objects.ts';
import { permit } from '../http/permit.ts';
import { knativeList } from './knative-list.ts';
import {
  isDryRun,
  type RegionalContext,
  readRegionalCall,
  revisionNamed,
  revisionsIn,
  serviceNamed,
  servicesIn,
} from './run-call.ts';
import { DELETED, V1_BASES } from './run-v1-routes.ts';

/**
 * What services are made of in the v1 API: revisions, configurations and routes.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.revisions
 */
export async function runV1PartRoutes(
  app: FastifyInstance,
  context: RegionalContext & { readonly iam: Iam },
): Promise<void> {
  const { iam } = context;
  const read = (request: FastifyRequest) => readRegionalCall(request, context);

  for (const base of V1_BASES) {
    app.get(`${base}/revisions`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.revisions.list', 'project');
      return knativeList(
        'RevisionList',
        call.regions.flatMap((region) => revisionsIn(region)),
        call,
      );
    });
    app.get(`${base}/revisions/:target`, async (request) => {
      const { caller, name, region } = await read(request);
      permit(iam, caller, 'run.revisions.get', 'project');
      return revisionNamed(name, region);
    });
    app.delete(`${base}/revisions/:target`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.revisions.delete', 'project');
      const { labels } = revisionNamed(call.name, call.region).metadata;
      call.region.services.removeRevision(labels['serving.knative.dev/service'] ?? '', call.name, isDryRun(call));
      return DELETED;
    });

    app.get(`${base}/configurations`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.configurations.list', 'project');
      return knativeList('ConfigurationList', servicesIn(call.regions).map(configurationOf), call);
    });
    app.get(`${base}/configurations/:target`, async (request) => {
      const { caller, name, region } = await read(request);
      permit(iam, caller, 'run.configurations.get', region.resource(name));
      return configurationOf(serviceNamed(name, region, 'CONFIGURATION'));
    });
    app.get(`${base}/routes`, async (request) => {
      const call = await read(request);
      permit(iam, call.caller, 'run.routes.list', 'project');
      return knativeList('RouteList', servicesIn(call.regions).map(routeOf), call);
    });
    app.get(`${base}/routes/:target`, async (request) => {
      const { caller, name, region } = await read(request);
      permit(iam, caller, 'run.routes.get', region.resource(name));
      return routeOf(serviceNamed(name, region, 'ROUTE'));
    });
  }
}
