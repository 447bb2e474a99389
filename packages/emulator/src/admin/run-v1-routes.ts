import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Call, checkLocation, emailOfCaller, noRoute, readCall } from '../api/call.ts';
import { GoogleError } from '../api/google-error.ts';
import { createIamPolicies } from '../api/iam-policies.ts';
import { permit } from '../api/permit.ts';
import type { KnativeRevision, KnativeService } from '../run/knative.ts';
import { readKnative } from '../run/read-knative.ts';
import { notFound } from '../run/run-errors.ts';
import { revisionsOf } from '../run/status.ts';
import type { AdminContext } from './admin-context.ts';
import { selects } from './label-selector.ts';
import { mayActAs } from './may-act-as.ts';
import { KUBERNETES, page } from './page.ts';

const RUN = 'run.googleapis.com';

/**
 * Cloud Run's v1 API, which gcloud speaks: services and revisions as Knative objects, whose region is in the host name
 * alone, and beside them policies and lists by location.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v1
 */
export async function runV1Routes(app: FastifyInstance, context: AdminContext): Promise<void> {
  const { project, iam, services, apis } = context;
  const policies = createIamPolicies(context);

  const read = async (request: FastifyRequest): Promise<Call> => {
    const call = await readCall(request, context);
    const region = regionIn(request.host);
    if (region !== undefined) checkLocation(region, project);
    apis.need(RUN);
    return call;
  };
  const found = (name: string) => {
    const deployed = services.find(name);
    if (deployed === undefined) throw notFound('SERVICE', name, project);
    return deployed.service;
  };

  const namespace = '/apis/serving.knative.dev/v1/namespaces/:project';
  app.get(`${namespace}/services`, async (request) => listServices(await read(request)));
  app.post(`${namespace}/services`, async (request) => {
    const { caller, body } = await read(request);
    permit(iam, caller, 'run.services.create', 'project');
    const { desired } = readKnative(body, project);
    mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
    return services.create(desired, emailOfCaller(caller));
  });
  app.get(`${namespace}/services/:target`, async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'run.services.get', `services/${name}`);
    return found(name);
  });
  app.put(`${namespace}/services/:target`, async (request) => {
    const { caller, name, body } = await read(request);
    permit(iam, caller, 'run.services.update', `services/${name}`);
    found(name);
    const { desired, version } = readKnative(body, project);
    if (desired.metadata.name !== name)
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `metadata.name: "${desired.metadata.name}" is not the "${name}" of the path.`,
      );
    mayActAs(context, caller, desired.spec.template.spec.serviceAccountName);
    return services.replace(desired, emailOfCaller(caller), version);
  });
  app.delete(`${namespace}/services/:target`, async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'run.services.delete', `services/${name}`);
    found(name);
    services.remove(name);
    return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' };
  });

  app.get(`${namespace}/revisions`, async (request) => {
    const { caller, query } = await read(request);
    permit(iam, caller, 'run.revisions.list', 'project');
    const all = services.list().flatMap(({ metadata }) => revisionsOf(services.find(metadata.name)));
    return listOf<KnativeRevision>('RevisionList', all.toReversed(), query);
  });
  app.get(`${namespace}/revisions/:target`, async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'run.revisions.get', 'project');
    for (const { metadata } of services.list()) {
      const revision = revisionsOf(services.find(metadata.name)).find((one) => one.metadata.name === name);
      if (revision !== undefined) return revision;
    }
    throw notFound('REVISION', name, project);
  });

  app.get('/v1/projects/:project/locations', async (request) => {
    const { caller } = await read(request);
    permit(iam, caller, 'run.locations.list', 'project');
    const location = { name: `projects/${project.id}/locations/${project.region}`, locationId: project.region };
    return { locations: [location] };
  });
  const location = '/v1/projects/:project/locations/:location';
  app.get(`${location}/services`, async (request) => listServices(await read(request)));
  app.get(`${location}/services/:target`, async (request) => {
    const call = await read(request);
    if (call.method !== undefined) return policyRead(request, call);
    permit(iam, call.caller, 'run.services.get', `services/${call.name}`);
    return found(call.name);
  });
  app.post(`${location}/services/:target`, async (request) => {
    const answer = policies.answerForService(await read(request));
    if (answer === undefined) throw noRoute(request);
    return answer;
  });

  /** Of the methods on policies this one alone may be a GET. */
  function policyRead(request: FastifyRequest, call: Call): object {
    const answer = call.method === 'getIamPolicy' ? policies.answerForService(call) : undefined;
    if (answer === undefined) throw noRoute(request);
    return answer;
  }

  function listServices({ caller, query }: Call): object {
    permit(iam, caller, 'run.services.list', 'project');
    return listOf<KnativeService>('ServiceList', services.list(), query);
  }
}

function listOf<T extends KnativeService | KnativeRevision>(
  kind: string,
  all: readonly T[],
  query: Call['query'],
): object {
  const selected = all.filter(({ metadata }) => selects(query.labelSelector, metadata.labels));
  const { items, next } = page(selected, query, KUBERNETES);
  const metadata = next === undefined ? {} : { continue: next };
  return { apiVersion: 'serving.knative.dev/v1', kind, metadata, items };
}

/** gcloud writes the region before the host: `us-central1-run.googleapis.com`. */
function regionIn(host: string): string | undefined {
  return /^([a-z]+-[a-z]+\d+)-/.exec(host)?.[1];
}
