import type { Service } from '@run-edges/service';
import type { FastifyRequest } from 'fastify';
import type { CallContext } from './profiles-client.ts';

/** Makes the routes of an instance for people who are signed in; everybody else is sent to the sign-in page. */
export function requireSignedIn(app: Service): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.session.person) return reply.redirect('/', 303);
  });
}

/** On whose behalf a request behind `requireSignedIn` comes. */
export function contextOf(request: FastifyRequest): CallContext {
  const { person } = request.session;
  if (!person) throw new Error('this route is not behind the check that somebody is signed in');
  return { person, traceparent: request.trace.traceparent };
}
