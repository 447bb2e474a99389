import type { FastifyRequest } from 'fastify';

/** Who calls, as far as a token has proved it: an e-mail, or a federated identity's name. */
const callers = new WeakMap<FastifyRequest, string>();

export function noteCaller(request: FastifyRequest, caller: string): void {
  callers.set(request, caller);
}

/** An e-mail, a federated identity's name, or empty where nobody was proved. */
export function notedCaller(request: FastifyRequest): string {
  return callers.get(request) ?? '';
}
