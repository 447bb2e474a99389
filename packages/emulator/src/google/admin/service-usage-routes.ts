import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleError, invalidField } from '../../internal/google-api/google-error.ts';
import { type CallOptions, noRoute, readCall } from '../http/call.ts';
import { permit } from '../http/permit.ts';
import type { AdminContext } from './admin-context.ts';
import { createDoneOperations, type DoneOperation } from './done-operations.ts';
import { RUN_APIS, titleOf, titles } from './enabled-apis.ts';
import { GOOGLE, page } from './page.ts';

const API = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/;
/** What `services:batchEnable` takes at once, and what `services:batchGet` does. */
const MOST_AT_ONCE = 20;
const MOST_READ_AT_ONCE = 30;
const PAGES = { ...GOOGLE, usual: 50 };
const FILTER = /^state:(ENABLED|DISABLED)$/;
const V1 = 'google.api.serviceusage.v1.';

/**
 * The APIs that the project uses.
 * @see https://docs.cloud.google.com/service-usage/docs/reference/rest/v1/services
 */
export async function serviceUsageRoutes(
  app: FastifyInstance,
  context: CallOptions & Pick<AdminContext, 'iam' | 'apis' | 'regions'>,
): Promise<void> {
  const { project, iam, apis } = context;
  const operations = createDoneOperations();
  const read = (request: FastifyRequest) => readCall(request, context);

  const base = '/v1/projects/:project/services';
  app.get(base, async (request) => {
    const { caller, query } = await read(request);
    permit(iam, caller, 'serviceusage.services.list', 'project');
    const { filter = '' } = query;
    const [, state] = FILTER.exec(filter) ?? [];
    if (filter !== '' && state === undefined) throw invalidField('filter', 'It is state:ENABLED or state:DISABLED.');
    const known = [...new Set([...apis.list(), ...Object.keys(titles), ...RUN_APIS])].sort();
    const { items, next } = page(
      known.filter((api) => state === undefined || stateOf(api) === state),
      query,
      PAGES,
    );
    return {
      ...(items.length === 0 ? {} : { services: items.map(usage) }),
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });
  app.get(`${base}/:target`, async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'serviceusage.services.get', 'project');
    return usage(readApi(name));
  });
  app.post(`${base}/:target`, async (request) => {
    const { caller, name, method, body } = await read(request);
    if (method !== 'enable' && method !== 'disable') throw noRoute(request);
    permit(iam, caller, `serviceusage.services.${method}`, 'project');
    readApi(name);
    if (method === 'enable') {
      apis.set(name, true);
      return done('EnableServiceResponse', [name], { service: usage(name) });
    }
    refuseNotEnabled(name);
    if (body.disableDependentServices !== true) refuseInUse(name);
    apis.set(name, false);
    return done('DisableServiceResponse', [name], { service: usage(name) });
  });
  app.post(`${base}::batchEnable`, async (request) => {
    const { caller, body } = await read(request);
    permit(iam, caller, 'serviceusage.services.enable', 'project');
    const names = Array.isArray(body.serviceIds) ? body.serviceIds.map((name) => readApi(`${name}`)) : [];
    if (names.length === 0 || names.length > MOST_AT_ONCE)
      throw invalidField('service_ids', `It names from 1 to ${MOST_AT_ONCE} services.`);
    for (const name of names) apis.set(name, true);
    return done('BatchEnableServicesResponse', names, { services: names.map(usage) });
  });
  app.get(`${base}::batchGet`, async (request) => {
    const { caller } = await read(request);
    permit(iam, caller, 'serviceusage.services.get', 'project');
    const { names: asked = [] } = request.query as { names?: string | string[] };
    const names = [asked].flat().map((name) => readApi(`${name}`.replace(/^projects\/[^/]+\/services\//, '')));
    if (names.length === 0 || names.length > MOST_READ_AT_ONCE)
      throw invalidField('names', `It names from 1 to ${MOST_READ_AT_ONCE} services.`);
    return { services: names.map(usage) };
  });
  app.get('/v1/operations/:target', async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'serviceusage.operations.get', 'project');
    return operations.find(`operations/${name}`);
  });

  function done(response: string, names: readonly string[], body: object): DoneOperation {
    return operations.add(
      (id) => `operations/acat.p2-${project.number}-${id}`,
      { metadata: `${V1}OperationMetadata`, response: `${V1}${response}` },
      { metadata: { resourceNames: names.map(nameOf) }, response: body },
    );
  }

  function nameOf(api: string): string {
    return `projects/${project.number}/services/${api}`;
  }

  function stateOf(api: string): string {
    return apis.has(api) ? 'ENABLED' : 'DISABLED';
  }

  function usage(api: string): object {
    return {
      name: nameOf(api),
      parent: `projects/${project.number}`,
      config: { name: api, title: titleOf(api) },
      state: stateOf(api),
    };
  }

  function refuseNotEnabled(api: string): void {
    if (!apis.has(api))
      throw new GoogleError('FAILED_PRECONDITION', `The service ${api} is not enabled in project ${project.id}.`);
  }

  function refuseInUse(api: string): void {
    if (api === 'run.googleapis.com' && context.regions.list().some(({ services }) => services.list().length > 0))
      throw new GoogleError(
        'FAILED_PRECONDITION',
        `The service ${api} is in use: delete its resources first, or disable it with --force.`,
      );
  }
}

function readApi(name: string): string {
  if (API.test(name) && name.length <= 100) return name;
  throw new GoogleError('NOT_FOUND', `Service '${name}' not found or permission denied.`);
}
