import type { FastifyInstance } from 'fastify';
import { isForProjects, nameInRoles, type Permission, permissions } from '../../../iam/roles/permissions.ts';
import { predefinedRoles } from '../../../iam/roles/predefined-roles.ts';
import { invalidField } from '../../../internal/google-api/google-error.ts';
import { type Call, type CallOptions, readCall } from '../../http/call.ts';
import type { AdminContext } from '../admin-context.ts';
import { GOOGLE, page } from '../page.ts';
import { listed, shownPredefined } from './role-routes.ts';

/** @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/permissions/queryTestablePermissions */
const PAGES = { ...GOOGLE, usual: 100 };

/** The resources that have policies here, by their full names, and the API that each belongs to. */
const RESOURCES: readonly (readonly [RegExp, string])[] = [
  [/^\/\/cloudresourcemanager\.googleapis\.com\/projects\/[^/]+$/, ''],
  [/^\/\/iam\.googleapis\.com\/projects\/[^/]+\/serviceAccounts\/[^/]+$/, 'iam.serviceAccount'],
  [/^\/\/run\.googleapis\.com\/projects\/[^/]+\/locations\/[^/]+\/services\/[^/]+$/, 'run.'],
];

/** What can be tested on a resource, and which of Google's roles can be granted on it. */
export async function permissionRoutes(
  app: FastifyInstance,
  context: CallOptions & Pick<AdminContext, 'apis'>,
): Promise<void> {
  const { apis } = context;

  app.post('/v1/permissions::queryTestablePermissions', async (request) => {
    const { body } = await readCall(request, context);
    const testable = testableOn(asGoogles(body.fullResourceName, request.host));
    const { items, next } = page(testable, pageOf(body), PAGES);
    return {
      ...(items.length === 0 ? {} : { permissions: items.map(shown) }),
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });
  app.post('/v1/roles::queryGrantableRoles', async (request) => {
    const { body } = await readCall(request, context);
    const testable = new Set(testableOn(asGoogles(body.fullResourceName, request.host)));
    const grantable = [...predefinedRoles.values()].filter((role) =>
      [...role.permissions].some((permission) => testable.has(permission)),
    );
    return listed(grantable.map(shownPredefined), { ...pageOf(body), view: `${body.view ?? 'BASIC'}` });
  });

  function shown(permission: Permission): object {
    const api = `${permission.split('.')[0]}.googleapis.com`;
    return {
      name: nameInRoles(permission),
      stage: 'GA',
      ...(apis.has(api) || !['run.googleapis.com', 'iam.googleapis.com'].includes(api) ? {} : { apiDisabled: true }),
    };
  }
}

/** gcloud makes up a project's full name from the address at which it finds the API: here its host is the emulator's. */
function asGoogles(resource: unknown, host: string): string {
  const here = `//${host}/projects/`;
  const name = `${resource}`;
  return name.startsWith(here) ? name.replace(here, '//cloudresourcemanager.googleapis.com/projects/') : name;
}

/** @throws GoogleError INVALID_ARGUMENT for a resource that has no policy here */
function testableOn(resource: string): readonly Permission[] {
  const [, prefix] = RESOURCES.find(([form]) => form.test(resource)) ?? [];
  if (prefix === undefined)
    throw invalidField(
      'full_resource_name',
      `"${resource}" is no resource as //cloudresourcemanager.googleapis.com/projects/ID.`,
    );
  return permissions.filter((permission) => permission.startsWith(prefix) && isForProjects(permission));
}

/** These methods are asked for pages in their bodies. */
function pageOf({ pageSize, pageToken }: Call['body']): Call['query'] {
  return {
    ...(pageSize === undefined ? {} : { pageSize: `${pageSize}` }),
    ...(pageToken === undefined ? {} : { pageToken: `${pageToken}` }),
  };
}
