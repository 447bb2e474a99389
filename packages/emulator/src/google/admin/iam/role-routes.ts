import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isElsewhere, isForProjects, nameInRoles, permissionNamed } from '../../../iam/roles/permissions.ts';
import { type PredefinedRole, predefinedRoles, type Stage } from '../../../iam/roles/predefined-roles.ts';
import { type CustomRole, canBeUndeleted } from '../../../iam/roles/roles.ts';
import { isRecord } from '../../../internal/check-settings.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import { type Call, type CallOptions, noRoute, readCall } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import type { AdminContext } from '../admin-context.ts';
import { GOOGLE, page } from '../page.ts';

const ROLE_ID = /^[a-zA-Z0-9_.]{3,64}$/;
const STAGES: readonly Stage[] = ['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'];
const CHANGEABLE = ['title', 'description', 'includedPermissions', 'stage'];
/** @see https://docs.cloud.google.com/iam/quotas */
const MOST_ROLES = 300;
const MOST_PERMISSIONS = 3000;
/** @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/roles/list */
const PAGES = { ...GOOGLE, usual: 300 };

type Described = Pick<CustomRole, 'title' | 'description' | 'includedPermissions' | 'stage'>;

/**
 * Roles: Google's, and those that users make for the project.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/roles
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.roles
 */
export async function roleRoutes(
  app: FastifyInstance,
  context: CallOptions & Pick<AdminContext, 'iam' | 'apis'>,
): Promise<void> {
  const { project, iam, apis, now } = context;
  const { roles } = iam;

  const read = async (request: FastifyRequest): Promise<Call> => {
    const call = await readCall(request, context);
    apis.need('iam.googleapis.com');
    return call;
  };
  const readOwn = async (
    request: FastifyRequest,
    verb: 'create' | 'delete' | 'get' | 'list' | 'undelete' | 'update',
  ): Promise<Call> => {
    const call = await read(request);
    permit(iam, call.caller, `iam.roles.${verb}`, 'project');
    return call;
  };

  app.get('/v1/roles', async (request) => {
    const { caller, query } = await read(request);
    const { parent = '' } = query;
    if (parent === '') return listed([...predefinedRoles.values()].map(shownPredefined), query);
    if (![`projects/${project.id}`, `projects/${project.number}`].includes(parent))
      throw new GoogleError('PERMISSION_DENIED', `You don't have permission to list roles in ${parent}.`);
    permit(iam, caller, 'iam.roles.list', 'project');
    return listOwn(query);
  });
  app.get('/v1/roles/:target', async (request) => {
    const { name } = await read(request);
    const role = predefinedRoles.get(`roles/${name}`);
    if (role === undefined) throw new GoogleError('NOT_FOUND', `The role named roles/${name} was not found.`);
    return shownPredefined(role);
  });

  const own = '/v1/projects/:project/roles';
  app.get(own, async (request) => listOwn((await readOwn(request, 'list')).query));
  app.get(`${own}/:target`, async (request) => shownOwn(found((await readOwn(request, 'get')).name)));
  app.post(own, async (request) => {
    const { body } = await readOwn(request, 'create');
    const { roleId, role = {} } = body;
    if (typeof roleId !== 'string' || !ROLE_ID.test(roleId))
      throw invalidField('role_id', 'It is 3 to 64 letters, digits, underscores and periods.');
    checkIsNew(roleId);
    const none: Described = { title: '', description: '', includedPermissions: [], stage: 'ALPHA' };
    return shownOwn(put(roleId, { ...none, ...readRole(role, 'role.') }));
  });
  app.patch(`${own}/:target`, async (request) => {
    const { name, body, query } = await readOwn(request, 'update');
    const before = found(name);
    if (before.deleted !== undefined)
      throw new GoogleError('FAILED_PRECONDITION', `You can't update the role named ${nameOf(before)}: it is deleted.`);
    checkEtag(before, body.etag);
    const change = readRole(body, '');
    const {
      title = '',
      description = '',
      includedPermissions = [],
      stage = 'ALPHA',
    } = changed<Partial<Described>>(before, change, readMask(query.updateMask, CHANGEABLE));
    return shownOwn(put(name, { title, description, includedPermissions, stage }));
  });
  app.delete(`${own}/:target`, async (request) => {
    const { name, query } = await readOwn(request, 'delete');
    const role = found(name);
    if (role.deleted !== undefined)
      throw new GoogleError('FAILED_PRECONDITION', `The role named ${nameOf(role)} is deleted already.`);
    checkEtag(role, query.etag);
    return shownOwn(put(name, role, { deleted: now() }));
  });
  app.post(`${own}/:target`, async (request) => {
    const { name, method, body } = await readOwn(request, 'undelete');
    if (method !== 'undelete') throw noRoute(request);
    const role = found(name);
    if (role.deleted === undefined)
      throw new GoogleError('FAILED_PRECONDITION', `The role named ${nameOf(role)} is not deleted.`);
    if (!canBeUndeleted(role, now()))
      throw new GoogleError('FAILED_PRECONDITION', `The role named ${nameOf(role)} was deleted more than 7 days ago.`);
    checkEtag(role, body.etag);
    return shownOwn(put(name, role));
  });

  function listOwn(query: Call['query']): object {
    const all = roles.custom().filter(({ deleted }) => deleted === undefined || query.showDeleted === 'true');
    return listed(all.map(shownOwn), query);
  }

  function found(id: string): CustomRole {
    const role = roles.find(id);
    if (role === undefined)
      throw new GoogleError('NOT_FOUND', `The role named projects/${project.id}/roles/${id} was not found.`);
    return role;
  }

  function checkIsNew(id: string): void {
    const role = roles.find(id);
    if (role?.deleted !== undefined)
      throw new GoogleError(
        'FAILED_PRECONDITION',
        `You can't create a role_id (${id}) which has been marked for deletion.`,
      );
    if (role !== undefined)
      throw new GoogleError('ALREADY_EXISTS', `A role named ${id} in projects/${project.id} already exists.`);
    if (roles.custom().length >= MOST_ROLES)
      throw new GoogleError('FAILED_PRECONDITION', `The maximum number of custom roles, ${MOST_ROLES}, is reached.`);
  }

  function put(id: string, described: Described, rest: { readonly deleted?: number } = {}): CustomRole {
    const { title, description, includedPermissions, stage } = described;
    const etag = Buffer.from(randomBytes(9).toString('hex')).toString('base64');
    const role = { id, title, description, includedPermissions, stage, etag, ...rest };
    roles.put(role);
    return role;
  }

  function nameOf({ id }: CustomRole): string {
    return `projects/${project.id}/roles/${id}`;
  }

  function shownOwn(role: CustomRole): Shown {
    const { title, description, includedPermissions, stage, etag, deleted } = role;
    return {
      name: nameOf(role),
      ...(title === '' ? {} : { title }),
      ...(description === '' ? {} : { description }),
      ...(includedPermissions.length === 0 ? {} : { includedPermissions }),
      stage,
      etag,
      ...(deleted === undefined ? {} : { deleted: true }),
    };
  }
}

type Shown = Readonly<Record<string, unknown>>;

export function shownPredefined({ name, title, description, stage, permissions }: PredefinedRole): Shown {
  const includedPermissions = [...permissions].map(nameInRoles).sort();
  return {
    name,
    title,
    ...(description === '' ? {} : { description }),
    ...(includedPermissions.length === 0 ? {} : { includedPermissions }),
    stage,
    etag: 'AA==',
  };
}

/** What roles allow is listed where it is asked for alone. */
export function listed(all: readonly Shown[], query: Call['query']): object {
  const { view = 'BASIC' } = query;
  if (!['BASIC', 'FULL', '0', '1'].includes(view)) throw invalidField('view', 'It is BASIC or FULL.');
  const { items, next } = page(all, query, PAGES);
  const brief = ({ includedPermissions: _left, ...rest }: Shown) => rest;
  return {
    ...(items.length === 0 ? {} : { roles: view === 'FULL' || view === '1' ? items : items.map(brief) }),
    ...(next === undefined ? {} : { nextPageToken: next }),
  };
}

/** @param at where the role is in the request */
function readRole(given: unknown, at: string): Partial<Described> {
  if (!isRecord(given)) throw invalidField(at.replace(/\.$/, ''), 'It is a role.');
  const { title, description, includedPermissions, stage } = given;
  checkText(title, `${at}title`, 100);
  checkText(description, `${at}description`, 300);
  if (stage !== undefined && !STAGES.includes(stage as Stage))
    throw invalidField(`${at}stage`, `It is one of ${STAGES.join(', ')}.`);
  checkPermissions(includedPermissions, `${at}included_permissions`);
  return Object.fromEntries(
    Object.entries({ title, description, includedPermissions, stage }).filter(([, value]) => value !== undefined),
  );
}

function checkText(value: unknown, field: string, most: number): void {
  if (value !== undefined && (typeof value !== 'string' || Buffer.byteLength(value) > most))
    throw invalidField(field, `It is a text of at most ${most} bytes.`);
}

/** @throws GoogleError INVALID_ARGUMENT for what is no permission, or none that a project's role can have */
function checkPermissions(given: unknown, field: string): void {
  if (given === undefined) return;
  if (!Array.isArray(given) || given.length > MOST_PERMISSIONS)
    throw invalidField(field, `It is a list of at most ${MOST_PERMISSIONS} permissions.`);
  const bad = given.find((name) => {
    const permission = typeof name === 'string' ? permissionNamed(name) : undefined;
    return permission === undefined ? !isElsewhere(`${name}`) : !isForProjects(permission);
  });
  if (bad !== undefined) throw new GoogleError('INVALID_ARGUMENT', `Permission ${bad} is not valid.`);
}

function checkEtag(role: CustomRole, etag: unknown): void {
  if (etag === undefined || etag === '' || etag === role.etag) return;
  throw new GoogleError('ABORTED', 'There were concurrent changes of the role. Read it again, and retry.');
}
