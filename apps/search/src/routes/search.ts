import { invalidInput, type Service } from '@run-edges/service';
import { fromCursor, toCursor } from '../cursor.ts';
import { find } from '../find.ts';
import type { SearchStore } from '../store/store.ts';
import { highlight } from '../text/highlight.ts';
import { askedWords } from '../text/question.ts';
import { hitsSchema, searchQuerySchema } from './schemas.ts';

const DEFAULT_LIMIT = 20;

/** The read side: hits, best first, each with the cursor that goes on behind it; the asker has the documents. */
export function addSearchRoute(app: Service, store: SearchStore): void {
  app.get('/search', { schema: { querystring: searchQuerySchema, response: { 200: hitsSchema } } }, async (request) => {
    const { q, limit = DEFAULT_LIMIT, cursor } = request.query;
    const words = askedWords(q);
    const after = cursor === undefined ? undefined : fromCursor(cursor, words);
    if (cursor !== undefined && !after) throw invalidInput('querystring', '/cursor', 'is not of an answer to this q');
    const found = await find(store, q, after, Number(limit));
    return {
      hits: found.map(({ id, version, document, position, question }) => ({
        id,
        version,
        cursor: toCursor(position, words),
        highlights: highlight(document, question),
      })),
    };
  });
}
