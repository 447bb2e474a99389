import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asksForChange } from '../../google/http/asks-for-change.ts';
import { notedCaller } from '../../google/http/noted-caller.ts';

/** A call of one of Google's admin APIs. It never holds a token, a query string or a body. */
export interface AdminCall {
  /** RFC 3339. */
  readonly time: string;
  readonly method: string;
  /** Path without its query, `PROJECT:setIamPolicy` and the like included. */
  readonly path: string;
  /** Whether it asks for a change; what only reads, waits, checks or makes a token does not. */
  readonly mutating: boolean;
  /** An e-mail, a federated identity's name, or empty where nobody was proved. */
  readonly caller: string;
  readonly status: number;
}

const MOST = 1000;
const ADMIN_API = /^\/(v\d|apis)\/(?!token|introspect)/;

/** Keeps the newest admin calls, and answers them at `GET /run-edges/v1/calls`, newest last. */
export function recordCalls(app: FastifyInstance): void {
  const calls: AdminCall[] = [];
  app.addHook('onResponse', async (request: FastifyRequest, reply: FastifyReply) => {
    const [path = ''] = request.url.split('?');
    if (!ADMIN_API.test(path)) return;
    calls.push({
      time: new Date().toISOString(),
      method: request.method,
      path,
      mutating: asksForChange(request),
      caller: notedCaller(request),
      status: reply.statusCode,
    });
    if (calls.length > MOST) calls.shift();
  });
  app.get('/run-edges/v1/calls', () => ({ calls }));
}
