import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Described, KEPT_S, type ProviderSettings } from '../../../iam/pools/identity-pools.ts';
import type { Permission } from '../../../iam/roles/permissions.ts';
import { EmulatorError } from '../../../internal/errors.ts';
import { GoogleError, invalidField, sendGoogleError } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import { type Call, type CallOptions, noRoute, readCall } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import type { AdminContext } from '../admin-context.ts';
import { createDoneOperations, type DoneOperation } from '../done-operations.ts';
import { GOOGLE, page } from '../page.ts';
import { readPool, readProvider, type SentText, said, sentOf, settingsOf } from './provider-settings.ts';

const ID = /^[a-z][a-z0-9-]{2,30}[a-z0-9]$/;
const PAGES = { ...GOOGLE, usual: 50 };
const TEXTS = ['displayName', 'description', 'disabled'];
const OF_PROVIDERS = [
  ...TEXTS,
  ...['attributeMapping', 'attributeCondition', 'oidc', 'oidc.issuerUri', 'oidc.allowedAudiences', 'oidc.jwksJson'],
  ...['aws', 'saml', 'x509'],
];

/**
 * Workload identity pools and their OpenID Connect providers: who outside Google is trusted.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools
 */
export async function identityPoolRoutes(
  app: FastifyInstance,
  context: CallOptions & Pick<AdminContext, 'iam' | 'identityPools' | 'apis'>,
): Promise<void> {
  const { project, iam, identityPools, apis, now } = context;
  const operations = createDoneOperations();
  app.setErrorHandler((error, _request, reply) => sendGoogleError(asGoogles(error), reply));

  const read = async (request: FastifyRequest, permission: Permission): Promise<Call & { pool: string }> => {
    const call = await readCall(request, context);
    apis.need('iam.googleapis.com');
    permit(iam, call.caller, permission, 'project');
    return { ...call, pool: (request.params as { pool?: string }).pool ?? call.name };
  };
  const parent = `projects/${project.number}/locations/global/workloadIdentityPools`;
  const pools = '/v1/projects/:project/locations/global/workloadIdentityPools';

  app.post(pools, async (request) => {
    const { query, body } = await read(request, 'iam.workloadIdentityPools.create');
    const id = newId(query.workloadIdentityPoolId, 'pool', (one) => identityPools.pool(one) !== undefined);
    identityPools.putPool(id, textsOf(readPool(body)));
    return doneWithPool(id);
  });
  app.get(pools, async (request) => {
    const { query } = await read(request, 'iam.workloadIdentityPools.list');
    const all = identityPools.pools().filter((one) => isListed(one, query));
    const { items, next } = page(all, query, PAGES);
    return { workloadIdentityPools: items.map(({ pool }) => shownPool(pool)), ...token(next) };
  });
  app.get(`${pools}/:target`, async (request) => {
    const { name, method } = await read(request, 'iam.workloadIdentityPools.get');
    if (method !== undefined) throw noRoute(request);
    return shownPool(name);
  });
  app.patch(`${pools}/:target`, async (request) => {
    const { name, body, query } = await read(request, 'iam.workloadIdentityPools.update');
    const before = present(foundPool(name), name);
    const after = changed({ ...before }, textsOf(readPool(body)), readMask(query.updateMask, TEXTS));
    identityPools.putPool(name, after);
    return doneWithPool(name);
  });
  app.delete(`${pools}/:target`, async (request) => {
    const { name } = await read(request, 'iam.workloadIdentityPools.delete');
    identityPools.putPool(name, { ...present(foundPool(name), name), deleted: now() });
    return doneWithPool(name);
  });
  app.post(`${pools}/:target`, async (request) => {
    const { name, method } = await read(request, 'iam.workloadIdentityPools.undelete');
    if (method !== 'undelete') throw noRoute(request);
    identityPools.putPool(name, undeleted(foundPool(name), name));
    return doneWithPool(name);
  });

  const providers = `${pools}/:pool/providers`;
  app.post(providers, async (request) => {
    const { query, body, pool } = await read(request, 'iam.workloadIdentityPoolProviders.create');
    present(foundPool(pool), pool);
    const taken = (one: string) => identityPools.provider(pool, one) !== undefined;
    const id = newId(query.workloadIdentityPoolProviderId, 'provider', taken);
    identityPools.putProvider(settingsOf(pool, id, readProvider(body)));
    return doneWithProvider(pool, id);
  });
  app.get(providers, async (request) => {
    const { query, pool } = await read(request, 'iam.workloadIdentityPoolProviders.list');
    foundPool(pool);
    const all = identityPools.providers(pool).filter((one) => isListed(one, query));
    const { items, next } = page(all, query, PAGES);
    return {
      workloadIdentityPoolProviders: items.map(({ provider }) => shownProvider(pool, provider)),
      ...token(next),
    };
  });
  app.get(`${providers}/:target`, async (request) => {
    const { name, pool } = await read(request, 'iam.workloadIdentityPoolProviders.get');
    return shownProvider(pool, name);
  });
  app.patch(`${providers}/:target`, async (request) => {
    const { name, pool, body, query } = await read(request, 'iam.workloadIdentityPoolProviders.update');
    const before = present(foundProvider(pool, name), name);
    const { name: _name, state: _state, expireTime: _time, ...change } = readProvider(body) as Record<string, unknown>;
    const after = changed({ ...sentOf(before) }, change, readMask(query.updateMask, OF_PROVIDERS));
    identityPools.putProvider(settingsOf(pool, name, after));
    return doneWithProvider(pool, name);
  });
  app.delete(`${providers}/:target`, async (request) => {
    const { name, pool } = await read(request, 'iam.workloadIdentityPoolProviders.delete');
    identityPools.putProvider({ ...present(foundProvider(pool, name), name), deleted: now() });
    return doneWithProvider(pool, name);
  });
  app.post(`${providers}/:target`, async (request) => {
    const { name, pool, method } = await read(request, 'iam.workloadIdentityPoolProviders.undelete');
    if (method !== 'undelete') throw noRoute(request);
    identityPools.putProvider(undeleted(foundProvider(pool, name), name));
    return doneWithProvider(pool, name);
  });

  app.get(`${pools}/:pool/operations/:target`, async (request) => {
    const { name, pool } = await read(request, 'iam.workloadIdentityPools.get');
    return operations.find(`${parent}/${pool}/operations/${name}`);
  });
  app.get(`${providers}/:provider/operations/:target`, async (request) => {
    const { name, pool } = await read(request, 'iam.workloadIdentityPoolProviders.get');
    const { provider } = request.params as { provider: string };
    return operations.find(`${parent}/${pool}/providers/${provider}/operations/${name}`);
  });

  function doneWithPool(id: string): DoneOperation {
    return done('WorkloadIdentityPool', `${parent}/${id}`, shownPool(id));
  }

  function doneWithProvider(pool: string, id: string): DoneOperation {
    return done('WorkloadIdentityPoolProvider', `${parent}/${pool}/providers/${id}`, shownProvider(pool, id));
  }

  function done(kind: string, name: string, response: object): DoneOperation {
    const types = { metadata: `google.iam.v1.${kind}OperationMetadata`, response: `google.iam.v1.${kind}` };
    return operations.add((id) => `${name}/operations/${id}`, types, { response });
  }

  function foundPool(id: string): Described {
    return known(identityPools.pool(id), `${parent}/${id}`);
  }

  function foundProvider(pool: string, id: string): ProviderSettings {
    foundPool(pool);
    return known(identityPools.provider(pool, id), `${parent}/${pool}/providers/${id}`);
  }

  function shownPool(id: string): object {
    const { deleted, ...texts } = foundPool(id);
    return { name: `${parent}/${id}`, ...stateOf(deleted), ...texts };
  }

  function shownProvider(pool: string, id: string): object {
    const settings = foundProvider(pool, id);
    return { name: `${parent}/${pool}/providers/${id}`, ...stateOf(settings.deleted), ...sentOf(settings) };
  }
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new GoogleError('NOT_FOUND', `Requested entity was not found: ${name}`);
  return found;
}

/** What was deleted is neither changed nor deleted again. */
function present<T extends Described>(one: T, name: string): T {
  if (one.deleted === undefined) return one;
  throw new GoogleError('FAILED_PRECONDITION', `Precondition check failed: ${name} is deleted. Undelete it first.`);
}

function undeleted<T extends Described>({ deleted, ...rest }: T, name: string): Omit<T, 'deleted'> {
  if (deleted === undefined)
    throw new GoogleError('FAILED_PRECONDITION', `Precondition check failed: ${name} is not deleted.`);
  return rest;
}

/** @param deleted seconds since the epoch */
function stateOf(deleted: number | undefined): object {
  if (deleted === undefined) return { state: 'ACTIVE' };
  return { state: 'DELETED', expireTime: new Date((deleted + KEPT_S) * 1000).toISOString().replace(/\.\d+Z$/, 'Z') };
}

function isListed({ deleted }: Described, { showDeleted }: Call['query']): boolean {
  return deleted === undefined || showDeleted === 'true';
}

function token(next: string | undefined): object {
  return next === undefined ? {} : { nextPageToken: next };
}

function textsOf({ displayName, description, disabled }: SentText): SentText {
  return said({ displayName, description, disabled });
}

function newId(id: string | undefined, kind: 'pool' | 'provider', taken: (id: string) => boolean): string {
  if (id === undefined || !ID.test(id) || id.startsWith('gcp-'))
    throw invalidField(
      kind === 'pool' ? 'workload_identity_pool_id' : 'workload_identity_pool_provider_id',
      'It is 4 to 32 lowercase letters, digits and "-", and does not begin with "gcp-".',
    );
  if (taken(id)) throw new GoogleError('ALREADY_EXISTS', 'Requested entity already exists');
  return id;
}

/** A condition that is none is the caller's mistake. */
function asGoogles(error: unknown): unknown {
  return error instanceof EmulatorError
    ? invalidField('workload_identity_pool_provider.attribute_condition', error.message)
    : error;
}
