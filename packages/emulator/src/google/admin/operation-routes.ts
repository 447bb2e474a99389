import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Iam } from '../../iam/policies/iam.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import type { Operation, Operations } from '../../run/services/v2/operations.ts';
import { type Call, type CallOptions, noRoute, readCall } from '../http/call.ts';
import { permit, permitted } from '../http/permit.ts';
import { page } from './page.ts';

/** Milliseconds that `:wait` waits at most. */
const LONGEST_WAIT = 30_000;

/**
 * Cloud Run's long-running operations, in both versions of the API.
 * @see https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.operations
 */
export async function operationRoutes(
  app: FastifyInstance,
  context: CallOptions & { readonly iam: Iam; readonly operations: Operations },
): Promise<void> {
  const { iam, operations } = context;

  const read = async (request: FastifyRequest, permission: 'get' | 'list'): Promise<Call> => {
    const call = await readCall(request, context);
    // Those of Eventarc are at the same addresses.
    if (!permitted(iam, call.caller, `eventarc.operations.${permission}`, 'project'))
      permit(iam, call.caller, `run.operations.${permission}`, 'project');
    return call;
  };
  const found = (id: string, operation: Operation | undefined) => {
    if (operation === undefined) throw new GoogleError('NOT_FOUND', `Operation '${id}' does not exist.`);
    return operation;
  };

  for (const version of ['v1', 'v2']) {
    const base = `/${version}/projects/:project/locations/:location/operations`;
    app.get(base, async (request) => {
      const { query } = await read(request, 'list');
      const { items, next } = page(operations.list().toReversed(), query);
      return { operations: items, ...(next === undefined ? {} : { nextPageToken: next }) };
    });
    app.get(`${base}/:target`, async (request) => {
      const { name } = await read(request, 'get');
      return found(name, operations.find(name));
    });
    app.delete(`${base}/:target`, async (request) => {
      const { name } = await read(request, 'get');
      found(name, operations.find(name));
      operations.forget(name);
      return {};
    });
    app.post(`${base}/:target`, async (request) => {
      const { name, method, body } = await read(request, 'get');
      if (method !== 'wait') throw noRoute(request);
      found(name, operations.find(name));
      const seconds = Number(/^(\d{1,6})(?:\.\d+)?s$/.exec(`${body.timeout ?? '30s'}`)?.[1] ?? 0);
      return found(name, await operations.wait(name, Math.min(seconds * 1000, LONGEST_WAIT)));
    });
  }
}
