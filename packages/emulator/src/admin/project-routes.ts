import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noRoute, readCall } from '../api/call.ts';
import { GoogleError } from '../api/google-error.ts';
import { createIamPolicies } from '../api/iam-policies.ts';
import { permit, permitted } from '../api/permit.ts';
import type { AdminContext } from './admin-context.ts';
import { titleOf } from './enabled-apis.ts';

const API = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/;
/** What `services:batchEnable` takes at once. */
const MOST_AT_ONCE = 20;

/**
 * The project itself, who pays for it and the APIs that it uses: Cloud Resource Manager v1 and v3, Cloud Billing v1, Service
 * Usage v1.
 * @see https://docs.cloud.google.com/resource-manager/reference/rest
 * @see https://docs.cloud.google.com/billing/docs/reference/rest/v1/projects/getBillingInfo
 * @see https://docs.cloud.google.com/service-usage/docs/reference/rest
 */
export async function projectRoutes(app: FastifyInstance, context: AdminContext): Promise<void> {
  const { project, iam, apis } = context;
  const policies = createIamPolicies(context);
  const read = (request: FastifyRequest) => readCall(request, context);

  const described = {
    projectId: project.id,
    projectNumber: project.number,
    name: project.id,
    lifecycleState: 'ACTIVE',
  };
  app.get('/v1/projects', async (request) => {
    const { caller } = await read(request);
    // Whoever may not see a project sees a list without it.
    return permitted(iam, caller, 'resourcemanager.projects.get', 'project') ? { projects: [described] } : {};
  });
  app.get('/v1/projects/:target', async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'resourcemanager.projects.get', policies.projectAt(name).resource);
    return described;
  });
  app.get('/v3/projects/:target', async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'resourcemanager.projects.get', policies.projectAt(name).resource);
    return { name: `projects/${project.number}`, projectId: project.id, displayName: project.id, state: 'ACTIVE' };
  });
  app.get('/v1/projects/:project/billingInfo', async (request) => {
    const { caller } = await read(request);
    permit(iam, caller, 'resourcemanager.projects.get', 'project');
    // Nobody pays for what runs here.
    return {
      name: `projects/${project.id}/billingInfo`,
      projectId: project.id,
      billingAccountName: '',
      billingEnabled: false,
    };
  });
  for (const version of ['v1', 'v3'])
    app.post(`/${version}/projects/:target`, async (request) => {
      const answer = policies.answer(await read(request), policies.projectAt);
      if (answer === undefined) throw noRoute(request);
      return answer;
    });

  app.get('/v1/projects/:project/services', async (request) => {
    const { caller } = await read(request);
    permit(iam, caller, 'serviceusage.services.list', 'project');
    return { services: apis.list().map((api) => usage(api)) };
  });
  app.get('/v1/projects/:project/services/:target', async (request) => {
    const { caller, name } = await read(request);
    permit(iam, caller, 'serviceusage.services.get', 'project');
    return usage(readApi(name));
  });
  app.post('/v1/projects/:project/services/:target', async (request) => {
    const { caller, name, method, body } = await read(request);
    if (method !== 'enable' && method !== 'disable') throw noRoute(request);
    permit(iam, caller, `serviceusage.services.${method}`, 'project');
    if (method === 'disable' && body.disableDependentServices !== true) refuseInUse(name);
    apis.set(readApi(name), method === 'enable');
    return done({ service: usage(name) });
  });
  app.post('/v1/projects/:project/services::batchEnable', async (request) => {
    const { caller, body } = await read(request);
    permit(iam, caller, 'serviceusage.services.enable', 'project');
    const names = Array.isArray(body.serviceIds) ? body.serviceIds.map((name) => readApi(`${name}`)) : [];
    if (names.length === 0 || names.length > MOST_AT_ONCE)
      throw new GoogleError('INVALID_ARGUMENT', `serviceIds: name from 1 to ${MOST_AT_ONCE} services.`);
    for (const name of names) apis.set(name, true);
    return done({ services: names.map((name) => usage(name)) });
  });
  app.get('/v1/operations/:target', async (request) => {
    const { name } = await read(request);
    return { name: `operations/${name}`, done: true, response: {} };
  });

  function usage(api: string): object {
    return {
      name: `projects/${project.number}/services/${api}`,
      parent: `projects/${project.number}`,
      config: { name: api, title: titleOf(api) },
      state: apis.has(api) ? 'ENABLED' : 'DISABLED',
    };
  }

  function refuseInUse(api: string): void {
    if (api === 'run.googleapis.com' && context.services.list().length > 0)
      throw new GoogleError(
        'FAILED_PRECONDITION',
        `The service ${api} is in use: delete its resources first, or disable it with --force.`,
      );
  }
}

/** An operation that was done at once. */
function done(response: object): object {
  return { name: 'operations/acat.p2-run-edges', done: true, response };
}

function readApi(name: string): string {
  if (API.test(name) && name.length <= 100) return name;
  throw new GoogleError('NOT_FOUND', `Service '${name}' not found or permission denied.`);
}
