import type { Service } from '@run-edges/service';
import type { SearchStore } from '../store/store.ts';

const querySchema = {
  type: 'object',
  properties: {
    q: { type: 'string', minLength: 1, maxLength: 200 },
    limit: { type: 'string', pattern: '^([1-9][0-9]?|100)$', description: '1 to 100' },
  },
  required: ['q'],
  additionalProperties: false,
} as const;

const DEFAULT_LIMIT = 20;

/** The read side: `{hits: [{id, score}]}`, best first; the asker has the documents. */
export function addSearchRoute(app: Service, store: SearchStore): void {
  app.get('/search', { schema: { querystring: querySchema } }, async (request) => {
    const { q, limit } = request.query;
    return { hits: await store.find(q, limit ? Number(limit) : DEFAULT_LIMIT) };
  });
}
