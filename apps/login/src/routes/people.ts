import type { Service } from '@run-edges/service';
import type { FastifyRequest } from 'fastify';
import { withBadge } from '../badge.ts';
import { sendPage } from '../pages.ts';
import { type CallContext, FIND_LIMIT, type ProfilesClient } from '../profiles-client.ts';

const findQuerySchema = {
  type: 'object',
  properties: { q: { type: 'string', maxLength: 200 } },
  additionalProperties: false,
} as const;

const personParamsSchema = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } },
  required: ['id'],
} as const;

/** The pages for people who are signed in; everybody else is sent to the sign-in page. */
export function addPeopleRoutes(app: Service, profiles: ProfilesClient): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.session.person) return reply.redirect('/', 303);
  });

  app.get('/me', async (request, reply) => {
    const profile = await profiles.me(contextOf(request));
    return sendPage(reply, 'me', { profile: profile && withBadge(profile) });
  });

  app.get('/people', { schema: { querystring: findQuerySchema } }, async (request, reply) => {
    const q = request.query.q?.trim() ?? '';
    const people = q === '' ? undefined : await profiles.find(q, contextOf(request));
    return sendPage(reply, 'people', {
      q,
      people: people?.map(withBadge),
      summary: people && summaryOf(people.length, q),
    });
  });

  app.get('/people/:id', { schema: { params: personParamsSchema } }, async (request, reply) => {
    const person = await profiles.person(request.params.id, contextOf(request));
    if (!person) return reply.callNotFound();
    return sendPage(reply, 'person', { person: withBadge(person) });
  });
}

/** One page of matches comes back; how many more there are nobody counts. */
function summaryOf(count: number, q: string): string {
  if (count === 0) return `Nobody matches “${q}”.`;
  if (count === 1) return '1 person';
  return count < FIND_LIMIT ? `${count} people` : `The ${count} best matches`;
}

function contextOf(request: FastifyRequest): CallContext {
  const { person } = request.session;
  if (!person) throw new Error('this route is not behind the check that somebody is signed in');
  return { person, traceparent: request.trace.traceparent };
}
