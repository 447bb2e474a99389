import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Who calls, as far as a token has proved it: an e-mail, or a federated identity's name. */
const callers = new WeakMap<FastifyRequest, string>();

export function noteCaller(request: FastifyRequest, caller: string): void {
  callers.set(request, caller);
}

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
const READS =
  /:(getIamPolicy|testIamPermissions|queryTestablePermissions|queryGrantableRoles|wait|generateIdToken|generateAccessToken|signBlob|signJwt)$/;

export function asksForChange({ method, url }: Pick<FastifyRequest, 'method' | 'url'>): boolean {
  const [path = '', query = ''] = url.split('?');
  const asked = new URLSearchParams(query);
  const onlyChecks = asked.get('validateOnly') === 'true' || asked.get('dryRun') === 'all';
  return !['GET', 'HEAD'].includes(method) && !READS.test(path) && !onlyChecks;
}

/** Keeps the newest admin calls, and answers them at `GET /run-edges/v1/calls`, newest last. */
export function recordCalls(app: FastifyInstance): void {
  const calls: AdminCall[] = [];
  app.addHook('onResponse', async (request: FastifyRequest, reply: FastifyReply) => {
    const [path = ''] = request.url.split('?');
    if (!ADMIN_API.test(path)) return;
    const caller = callers.get(request) ?? '';
    calls.push({
      time: new Date().toISOString(),
      method: request.method,
      path,
      mutating: asksForChange(request),
      caller,
      status: reply.statusCode,
    });
    if (calls.length > MOST) calls.shift();
  });
  app.get('/run-edges/v1/calls', () => ({ calls }));
}
