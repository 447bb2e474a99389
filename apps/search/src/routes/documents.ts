import type { Service } from '@run-edges/service';
import type { SearchStore } from '../store/store.ts';

const paramsSchema = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } },
  required: ['id'],
} as const;

const line = { type: 'string', maxLength: 200 } as const;

const documentSchema = {
  type: 'object',
  properties: {
    version: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    name: { type: 'string', minLength: 1, maxLength: 200 },
    title: line,
    team: line,
    city: line,
    skills: { type: 'array', items: { type: 'string', maxLength: 60 }, maxItems: 50 },
    bio: { type: 'string', maxLength: 4_000 },
  },
  required: ['version', 'name', 'title', 'team', 'city', 'skills', 'bio'],
  additionalProperties: false,
} as const;

const deleteQuerySchema = {
  type: 'object',
  properties: { version: { type: 'string', pattern: '^[1-9][0-9]{0,14}$' } },
  required: ['version'],
  additionalProperties: false,
} as const;

/** The write side: idempotent, and an older version never overwrites a newer one. Both answer `{id, version, applied}`. */
export function addDocumentRoutes(app: Service, store: SearchStore): void {
  app.put('/documents/:id', { schema: { params: paramsSchema, body: documentSchema } }, async (request) => {
    const { version, ...document } = request.body;
    return { id: request.params.id, ...(await store.put(request.params.id, version, document)) };
  });

  app.delete(
    '/documents/:id',
    { schema: { params: paramsSchema, querystring: deleteQuerySchema } },
    async (request) => {
      const { id } = request.params;
      return { id, ...(await store.delete(id, Number(request.query.version))) };
    },
  );
}
