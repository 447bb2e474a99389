import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Call, type CallOptions, noRoute, readCall } from '../http/call.ts';
import { permit, permitted } from '../http/permit.ts';
import { createIamPolicies, type IamPolicyOptions } from './iam-policies.ts';

/**
 * The project itself, and who pays for it: Cloud Resource Manager v1 and v3, Cloud Billing v1.
 * @see https://docs.cloud.google.com/resource-manager/reference/rest
 * @see https://docs.cloud.google.com/billing/docs/reference/rest/v1/projects/getBillingInfo
 */
export async function projectRoutes(app: FastifyInstance, context: CallOptions & IamPolicyOptions): Promise<void> {
  const { project, iam } = context;
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
      const call = await read(request);
      const answer =
        version === 'v1' && call.method === 'getAncestry' ? ancestry(call) : policies.answer(call, policies.projectAt);
      if (answer === undefined) throw noRoute(request);
      return answer;
    });

  /** Nothing stands above the project here: no folder and no organisation. */
  function ancestry({ caller, name }: Call): object {
    permit(iam, caller, 'resourcemanager.projects.get', policies.projectAt(name).resource);
    return { ancestor: [{ resourceId: { type: 'project', id: project.id } }] };
  }
}
