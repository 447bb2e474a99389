import type { Service } from '@run-edges/service';
import type { FastifyRequest } from 'fastify';
import type { CallContext } from './profiles-client.ts';

/** Where somebody goes after signing in: to a search or a person, nowhere outside this site. */
export const destinationSchema = {
  type: 'string',
  pattern: '^/people(/[A-Za-z0-9_-]{1,64}|\\?q=[A-Za-z0-9%+._*-]{1,1800}(&cursor=[A-Za-z0-9_-]{1,64})?)?$',
} as const;
const DESTINATION = new RegExp(destinationSchema.pattern);

/**
 * Makes the routes of an instance for people who are signed in; everybody else is sent to the sign-in page, which leads
 * on to what they came for.
 */
export function requireSignedIn(app: Service): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.session.person) return;
    const next = request.method === 'GET' && DESTINATION.test(request.url) ? request.url : undefined;
    return reply.redirect(next ? `/?${new URLSearchParams({ next })}` : '/', 303);
  });
}

/** On whose behalf a request behind `requireSignedIn` comes. */
export function contextOf(request: FastifyRequest): CallContext {
  const { person } = request.session;
  if (!person) throw new Error('this route is not behind the check that somebody is signed in');
  return { person, traceparent: request.trace.traceparent };
}
