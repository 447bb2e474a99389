import type { Service } from '@run-edges/service';
import { findPeople } from '../find-people.ts';
import type { SearchClient } from '../search-client.ts';
import type { Profile, ProfileStore } from '../store/store.ts';
import {
  conditionSchema,
  findQuerySchema,
  foundSchema,
  ownProfileSchema,
  personParamsSchema,
  profileSchema,
  publicProfileSchema,
} from './schemas.ts';

export interface PeopleDependencies {
  store: ProfileStore;
  search: SearchClient;
  /** Called after every write. */
  written: () => void;
}

const DEFAULT_LIMIT = 20;

/** Who may see and change what is decided here, by the person that the user token names. */
export function addPeopleRoutes(app: Service, { store, search, written }: PeopleDependencies): void {
  app.get('/me', { schema: { response: { 200: ownProfileSchema } } }, async (request, reply) => {
    const profile = (await store.get(request.person.id)) ?? notFound();
    reply.header('etag', `"${profile.version}"`);
    return profile;
  });

  app.put(
    '/me',
    { schema: { headers: conditionSchema, body: profileSchema, response: { 200: ownProfileSchema } } },
    async (request, reply) => {
      const { id, email } = request.person;
      const expected = versionWanted(request.headers);
      const profile = (await store.put(id, email, request.body, expected)) ?? versionConflict();
      written();
      reply.header('etag', `"${profile.version}"`);
      return profile;
    },
  );

  app.get(
    '/people/:id',
    { schema: { params: personParamsSchema, response: { 200: publicProfileSchema } } },
    async (request) => {
      const [profile] = await store.getVisible([request.params.id]);
      return profile ? publicFields(profile) : notFound();
    },
  );

  app.get('/people', { schema: { querystring: findQuerySchema, response: { 200: foundSchema } } }, async (request) => {
    const { q, limit = DEFAULT_LIMIT, cursor } = request.query;
    const { traceparent } = request.trace;
    const { people, next } = await findPeople(store, search, { q, limit: Number(limit), cursor, traceparent });
    return { people: people.map(({ profile, highlights }) => ({ ...publicFields(profile), highlights })), next };
  });
}

/** What others may see. */
function publicFields({ id, name, title, team, city, skills, bio, colour }: Profile) {
  return { id, name, title, team, city, skills, bio, colour };
}

/** The version that a conditional write is for: 0 for none; undefined when any will do. */
function versionWanted(headers: { 'if-match'?: string; 'if-none-match'?: string }): number | undefined {
  if (headers['if-none-match'] !== undefined) return 0;
  return headers['if-match'] === undefined ? undefined : Number(headers['if-match'].slice(1, -1));
}

function versionConflict(): never {
  const error = new Error('The profile has another version by now: read it again.');
  throw Object.assign(error, { statusCode: 412, code: 'VERSION_CONFLICT' });
}

/** The same answer for nobody and for somebody hidden. */
function notFound(): never {
  throw Object.assign(new Error('There is no such person.'), { statusCode: 404, code: 'PERSON_NOT_FOUND' });
}
