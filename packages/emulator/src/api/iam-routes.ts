import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ProvenPrincipal } from '../identity/principals.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { authenticate } from './authenticate.ts';
import { GoogleError, permissionDenied, sendGoogleError } from './google-error.ts';
import { type Body, createIamCredentials, type IamCredentialsOptions } from './iam-credentials.ts';
import { createIamPolicies, type IamPolicyOptions, type Target } from './iam-policies.ts';

export interface IamRouteOptions extends IamCredentialsOptions, IamPolicyOptions {
  readonly keys: KeyRing;
}

interface Call {
  readonly caller: ProvenPrincipal;
  readonly name: string;
  readonly method: string;
  readonly body: Body;
  /** `options.requestedPolicyVersion`, as a query or in the body. */
  readonly requestedVersion: unknown;
}

/**
 * IAM as gcloud, Terraform and the client libraries call it: policies of services (Run v1 and v2), of service accounts
 * and of the project, and being another account. Custom methods stand behind a colon: https://google.aip.dev/136
 */
export async function iamRoutes(app: FastifyInstance, options: IamRouteOptions): Promise<void> {
  const { keys, project, now } = options;
  const policies = createIamPolicies(options);
  const credentials = createIamCredentials(options);
  app.setErrorHandler((error, _request, reply) => sendGoogleError(error, reply));

  for (const version of ['v1', 'v2']) {
    const url = `/${version}/projects/:project/locations/${project.region}/services/:target`;
    for (const verb of ['GET', 'POST'] as const)
      app.route<Request>({
        method: verb,
        url,
        handler: async (request) => onPolicy(await read(request), policies.serviceAt),
      });
  }
  app.post<Request>('/v1/projects/:project/serviceAccounts/:target', async (request) => {
    const call = await read(request);
    // These two want `-` in place of the project.
    const acts = request.params.project === '-';
    if (acts && call.method === 'generateIdToken')
      return credentials.generateIdToken(call.caller, call.name, call.body);
    if (acts && call.method === 'generateAccessToken')
      return credentials.generateAccessToken(call.caller, call.name, call.body);
    return onPolicy(call, policies.accountAt);
  });
  app.post<Request>('/v1/projects/:project', async (request) => onPolicy(await read(request), policies.projectAt));

  async function read(request: FastifyRequest<Request>): Promise<Call> {
    const { project: named, target = named } = request.params;
    const [, name, method] = /^([^:]+):(\w+)$/.exec(target) ?? [];
    if (name === undefined || method === undefined || (request.method === 'GET' && method !== 'getIamPolicy'))
      throw new GoogleError('NOT_FOUND', `No ${request.method} of ${target} in run-edges.`);
    const caller = await authenticate(request, keys, now());
    const body = typeof request.body === 'object' && request.body !== null ? (request.body as Body) : {};
    if (request.params.target !== undefined && ![project.id, project.number, '-'].includes(named))
      throw permissionDenied('resourcemanager.projects.get');
    return {
      caller,
      name,
      method,
      body,
      requestedVersion:
        request.query['options.requestedPolicyVersion'] ??
        (body.options as Body | null | undefined)?.requestedPolicyVersion,
    };
  }

  function onPolicy(call: Call, find: (name: string) => Target): object {
    const { caller, name, method, body } = call;
    if (method === 'getIamPolicy') return policies.getIamPolicy(caller, find(name), call.requestedVersion);
    if (method === 'setIamPolicy') return policies.setIamPolicy(caller, find(name), body);
    if (method === 'testIamPermissions') return policies.testIamPermissions(caller, find(name), body);
    throw new GoogleError('NOT_FOUND', `No method ${method} in run-edges.`);
  }
}

interface Request {
  Params: { project: string; target?: string };
  Querystring: Readonly<Record<string, unknown>>;
}
