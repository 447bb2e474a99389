import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Permission } from '../../iam/roles/permissions.ts';
import { noRoute } from '../http/call.ts';
import { permit } from '../http/permit.ts';
import { createIamPolicies, type IamPolicyOptions } from './iam-policies.ts';
import { knativeList } from './knative-list.ts';
import { type RunCallContext, readRunCall } from './run-call.ts';

/** What v1 lists, and what may see it. Domains have no permissions of their own. */
const V1_KINDS: readonly (readonly [group: string, plural: string, kind: string, permission: Permission])[] = [
  ['run.googleapis.com', 'instances', 'InstanceList', 'run.instances.list'],
  ['domains.cloudrun.com', 'domainmappings', 'DomainMappingList', 'resourcemanager.projects.get'],
];

const V2_PLURALS = [['instances', 'run.instances.list']] as const;

/**
 * What Cloud Run has besides services and this project has none of: it is listed, and who asks what they might do with
 * it is answered. Nothing of it can be made here, which its methods say.
 * @see https://docs.cloud.google.com/run/docs/reference/rest
 */
export async function runAbsentRoutes(app: FastifyInstance, context: RunCallContext & IamPolicyOptions): Promise<void> {
  const { iam } = context;
  const policies = createIamPolicies(context);
  const location = 'projects/:project/locations/:location';

  const listNone = (path: string, permission: Permission, list: (query: Readonly<Record<string, string>>) => object) =>
    app.get(path, async (request) => {
      const { caller, query } = await readRunCall(request, context);
      permit(iam, caller, permission, 'project');
      return list(query);
    });

  for (const [group, plural, kind, permission] of V1_KINDS)
    listNone(`/apis/${group}/v1/namespaces/:project/${plural}`, permission, (query) =>
      knativeList(kind, [], { query }, `${group}/v1`),
    );
  listNone(`/v1/${location}/domainmappings`, 'resourcemanager.projects.get', (query) =>
    knativeList('DomainMappingList', [], { query }, 'domains.cloudrun.com/v1'),
  );
  for (const base of ['/apis/domains.cloudrun.com/v1/namespaces/:project', '/v1/projects/:project', `/v1/${location}`])
    listNone(`${base}/authorizeddomains`, 'resourcemanager.projects.get', () => ({}));

  for (const [plural, permission] of V2_PLURALS) {
    listNone(`/v2/${location}/${plural}`, permission, () => ({}));
    for (const path of [`/v1/${location}/${plural.toLowerCase()}/:target`, `/v2/${location}/${plural}/:target`])
      app.post(path, async (request: FastifyRequest) => {
        const call = await readRunCall(request, context);
        if (call.method !== 'testIamPermissions') throw noRoute(request);
        const nothing = { resource: 'project', permissions: 'run.services' } as const;
        return policies.testIamPermissions(call.caller, nothing, call.body);
      });
  }
}
