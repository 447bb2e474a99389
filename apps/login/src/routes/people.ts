import type { Service } from '@run-edges/service';
import { sendPage } from '../pages.ts';
import type { FoundPeople, ProfilesClient } from '../profiles-client.ts';
import { contextOf } from '../signed-in.ts';

const findQuerySchema = {
  type: 'object',
  properties: {
    q: { type: 'string', maxLength: 200 },
    cursor: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  },
  additionalProperties: false,
} as const;

const personParamsSchema = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } },
  required: ['id'],
} as const;

/** Other people: found, and looked at. */
export function addPeopleRoutes(app: Service, profiles: ProfilesClient): void {
  app.get('/people', { schema: { querystring: findQuerySchema } }, async (request, reply) => {
    const q = request.query.q?.trim() ?? '';
    const { cursor } = request.query;
    if (q === '') return sendPage(reply, 'people', { q, people: [], summary: '' });
    const found = await profiles.find(q, cursor, contextOf(request));
    const more = found.next && `/people?${new URLSearchParams({ q, cursor: found.next })}`;
    return sendPage(reply, 'people', { q, people: found.people, more, summary: summaryOf(found, q, cursor) });
  });

  app.get('/people/:id', { schema: { params: personParamsSchema } }, async (request, reply) => {
    const context = contextOf(request);
    const person = await profiles.person(request.params.id, context);
    if (!person) return reply.callNotFound();
    return sendPage(reply, 'person', { person, own: person.id === context.person.id });
  });
}

/** One page of matches comes back; how many more there are nobody counts. */
function summaryOf({ people, next }: FoundPeople, q: string, cursor: string | undefined): string {
  if (people.length === 0) return cursor ? `Nobody else matches “${q}”.` : `Nobody matches “${q}”.`;
  const count = people.length === 1 ? '1 person' : `${people.length} people`;
  if (cursor) return next ? `${count} more, and there are others` : `The last ${count}`;
  return next ? `The ${people.length} best matches` : count;
}
