import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JSONWebKeySet } from 'jose';
import { type Body, type Call, readCall } from '../api/call.ts';
import { shapeCheck } from '../api/check-shape.ts';
import { GoogleError, sendGoogleError } from '../api/google-error.ts';
import { permit } from '../api/permit.ts';
import { EmulatorError } from '../errors.ts';
import type { Described, ProviderSettings } from '../iam/identity-pools.ts';
import type { Permission } from '../iam/permissions.ts';
import type { AdminContext } from './admin-context.ts';

const ID = /^[a-z][a-z0-9-]{2,30}[a-z0-9]$/;
const CLAIM = /^assertion\.[\w-]+$/;
const TARGET = /^(google\.subject|google\.groups|attribute\.[a-z0-9_]{1,100})$/;

const text = { type: 'string', maxLength: 10_000 };
const described = { name: text, state: text, displayName: text, description: text, disabled: { type: 'boolean' } };
const readPool = shapeCheck<Described>({
  type: 'object',
  properties: { ...described, mode: {} },
  additionalProperties: false,
});

interface SentProvider extends Described {
  readonly oidc?: {
    readonly issuerUri?: string;
    readonly allowedAudiences?: readonly string[];
    readonly jwksJson?: string;
  };
  readonly attributeMapping?: Readonly<Record<string, string>>;
  readonly attributeCondition?: string;
  readonly aws?: unknown;
  readonly saml?: unknown;
  readonly x509?: unknown;
}

const readProvider = shapeCheck<SentProvider>({
  type: 'object',
  properties: {
    ...described,
    attributeMapping: { type: 'object', additionalProperties: text, maxProperties: 50 },
    attributeCondition: text,
    aws: {},
    saml: {},
    x509: {},
    oidc: {
      type: 'object',
      properties: { issuerUri: text, jwksJson: text, allowedAudiences: { type: 'array', items: text, maxItems: 10 } },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
});

/**
 * Workload identity pools and their OpenID Connect providers: who outside Google is trusted.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools
 */
export async function identityPoolRoutes(app: FastifyInstance, context: AdminContext): Promise<void> {
  const { project, iam, identityPools, apis } = context;
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
    const id = newId(query.workloadIdentityPoolId, identityPools.pools, 'WorkloadIdentityPool');
    const { displayName, description, disabled } = readPool(body);
    identityPools.putPool(id, said({ displayName, description, disabled }));
    return done(shownPool(id));
  });
  app.get(pools, async (request) => {
    await read(request, 'iam.workloadIdentityPools.list');
    return { workloadIdentityPools: [...identityPools.pools.keys()].map(shownPool) };
  });
  app.get(`${pools}/:target`, async (request) => {
    const { name } = await read(request, 'iam.workloadIdentityPools.get');
    return shownPool(known(name));
  });
  app.patch(`${pools}/:target`, async (request) => {
    const { name, body } = await read(request, 'iam.workloadIdentityPools.update');
    const before = identityPools.pools.get(known(name));
    const { displayName, description, disabled } = readPool(body);
    identityPools.putPool(name, { ...before, ...said({ displayName, description, disabled }) });
    return done(shownPool(name));
  });
  app.delete(`${pools}/:target`, async (request) => {
    const { name } = await read(request, 'iam.workloadIdentityPools.delete');
    const gone = shownPool(known(name));
    identityPools.removePool(name);
    return done({ ...gone, state: 'DELETED' });
  });

  const providers = `${pools}/:pool/providers`;
  app.post(providers, async (request) => {
    const { query, body, pool } = await read(request, 'iam.workloadIdentityPoolProviders.create');
    const taken = new Set(
      [...identityPools.providers.values()].filter((one) => one.pool === pool).map((one) => one.provider),
    );
    const id = newId(query.workloadIdentityPoolProviderId, taken, 'WorkloadIdentityPoolProvider');
    identityPools.putProvider(settingsOf(known(pool), id, readProvider(body)));
    return done(shownProvider(pool, id));
  });
  app.get(providers, async (request) => {
    const { pool } = await read(request, 'iam.workloadIdentityPoolProviders.list');
    const inPool = [...identityPools.providers.values()].filter((one) => one.pool === known(pool));
    return { workloadIdentityPoolProviders: inPool.map(({ provider }) => shownProvider(pool, provider)) };
  });
  app.get(`${providers}/:target`, async (request) => {
    const { name, pool } = await read(request, 'iam.workloadIdentityPoolProviders.get');
    return shownProvider(pool, name);
  });
  app.patch(`${providers}/:target`, async (request) => {
    const { name, pool, body } = await read(request, 'iam.workloadIdentityPoolProviders.update');
    const before = shownProvider(pool, name) as Body;
    const { name: _name, state: _state, ...sayable } = before;
    identityPools.putProvider(settingsOf(pool, name, readProvider({ ...sayable, ...readProvider(body) })));
    return done(shownProvider(pool, name));
  });
  app.delete(`${providers}/:target`, async (request) => {
    const { name, pool } = await read(request, 'iam.workloadIdentityPoolProviders.delete');
    const gone = shownProvider(pool, name);
    identityPools.removeProvider(pool, name);
    return done({ ...gone, state: 'DELETED' });
  });

  // Everything here is done at once; who asks for the operation is told so.
  app.get(`${pools}/:pool/operations/:target`, async (request) => {
    const { name, pool } = await read(request, 'iam.workloadIdentityPools.get');
    return { name: `${parent}/${pool}/operations/${name}`, done: true, response: {} };
  });
  app.get(`${providers}/:provider/operations/:target`, async (request) => {
    const { name } = await read(request, 'iam.workloadIdentityPoolProviders.get');
    return { name: `operations/${name}`, done: true, response: {} };
  });

  function known(pool: string): string {
    if (!identityPools.pools.has(pool))
      throw new GoogleError('NOT_FOUND', `Requested entity was not found: ${parent}/${pool}`);
    return pool;
  }

  function shownPool(id: string): object {
    return { name: `${parent}/${id}`, state: 'ACTIVE', ...identityPools.pools.get(id) };
  }

  function shownProvider(pool: string, id: string): object {
    const settings = identityPools.providers.get(`${known(pool)}/${id}`);
    const name = `${parent}/${pool}/providers/${id}`;
    if (settings === undefined) throw new GoogleError('NOT_FOUND', `Requested entity was not found: ${name}`);
    const { displayName, description, disabled, issuer, jwks, allowedAudiences, mapping, condition } = settings;
    return {
      name,
      state: 'ACTIVE',
      ...said({ displayName, description, disabled, attributeCondition: condition }),
      attributeMapping: mapping,
      oidc: {
        issuerUri: issuer,
        ...(allowedAudiences.length === 0 ? {} : { allowedAudiences }),
        ...(jwks === undefined ? {} : { jwksJson: JSON.stringify(jwks) }),
      },
    };
  }
}

function settingsOf(pool: string, provider: string, sent: SentProvider): ProviderSettings {
  for (const kind of ['aws', 'saml', 'x509'] as const)
    if (sent[kind] !== undefined)
      throw invalid(`${kind}: run-edges does not emulate ${kind} providers; use an OpenID Connect one (oidc).`);
  const { oidc, attributeMapping = { 'google.subject': 'assertion.sub' }, attributeCondition = '' } = sent;
  const issuer = oidc?.issuerUri ?? '';
  if (!URL.canParse(issuer)) throw invalid('oidc.issuerUri: an OpenID Connect issuer is required.');
  if (attributeMapping['google.subject'] !== 'assertion.sub')
    throw invalid('attribute_mapping: run-edges takes google.subject=assertion.sub alone.');
  for (const [target, claim] of Object.entries(attributeMapping))
    if (!TARGET.test(target) || !CLAIM.test(claim))
      throw invalid(`attribute_mapping: ${target}=${claim} is not understood; write attribute.NAME=assertion.CLAIM.`);
  const { displayName, description, disabled } = sent;
  const jwks = oidc?.jwksJson === undefined || oidc.jwksJson === '' ? undefined : readKeys(oidc.jwksJson);
  return {
    pool,
    provider,
    issuer,
    allowedAudiences: oidc?.allowedAudiences ?? [],
    mapping: attributeMapping,
    ...(attributeCondition === '' ? {} : { condition: attributeCondition }),
    ...(jwks === undefined ? {} : { jwks }),
    ...said({ displayName, description, disabled }),
  };
}

function readKeys(json: string): JSONWebKeySet {
  try {
    const set: unknown = JSON.parse(json);
    if (typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys))
      return set as JSONWebKeySet;
  } catch {
    // Said below.
  }
  throw invalid('oidc.jwksJson: is no JWK set.');
}

function newId(id: string | undefined, taken: { has(id: string): boolean }, kind: string): string {
  if (id === undefined || !ID.test(id) || id.startsWith('gcp-'))
    throw invalid(
      `${kind} ID must be 4-32 characters of lowercase letters, digits and '-', and must not begin with "gcp-".`,
    );
  if (taken.has(id)) throw new GoogleError('ALREADY_EXISTS', `Requested entity already exists: ${kind} ${id}.`);
  return id;
}

/** An operation that was done at once. */
function done(response: object): object {
  const { name } = response as { name: string };
  return { name: `${name}/operations/done`, done: true, response };
}

/** The fields that have a value. */
function said<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as never;
}

function invalid(message: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', message);
}

/** A condition that is none is the caller's mistake. */
function asGoogles(error: unknown): unknown {
  return error instanceof EmulatorError ? invalid(`attribute_condition: ${error.message}`) : error;
}
