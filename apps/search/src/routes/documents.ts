import type { Service } from '@run-edges/service';
import type { SearchStore } from '../store/store.ts';
import {
  changedSchema,
  changesSchema,
  documentSchema,
  idSchema,
  versionQuerySchema,
  writtenSchema,
} from './schemas.ts';

/** Room for `MAX_CHANGES` documents of the usual length; whoever has longer ones sends fewer. */
const CHANGES_LIMIT = 1_048_576;

/** The write side: idempotent, and an older version never overwrites a newer one. */
export function addDocumentRoutes(app: Service, store: SearchStore): void {
  app.put(
    '/documents/:id',
    { schema: { params: idSchema, body: documentSchema, response: { 200: writtenSchema } } },
    async (request) => {
      const { version, ...document } = request.body;
      const [written] = await store.write([{ id: request.params.id, version, document }]);
      return written;
    },
  );

  app.delete(
    '/documents/:id',
    { schema: { params: idSchema, querystring: versionQuerySchema, response: { 200: writtenSchema } } },
    async (request) => {
      const version = Number(request.query.version);
      const [written] = await store.write([{ id: request.params.id, version, document: null }]);
      return written;
    },
  );

  app.post(
    '/documents',
    { bodyLimit: CHANGES_LIMIT, schema: { body: changesSchema, response: { 200: changedSchema } } },
    async (request) => ({ written: await store.write(request.body.changes) }),
  );
}
