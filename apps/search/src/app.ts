import { callerAuth } from '@run-edges/auth/fastify';
import { allowedCallersFrom } from '@run-edges/auth/inbound';
import { createService, listOf, type Service } from '@run-edges/service';
import type { Config } from './config.ts';
import { addDescriptionRoute } from './routes/description.ts';
import { addDocumentRoutes } from './routes/documents.ts';
import { addSearchRoute } from './routes/search.ts';
import { openStore } from './store/open-store.ts';

/**
 * Builds the search service. Every route but health verifies its caller's token itself, signature included, although
 * the front end has done so before: a mistake in one place alone opens nothing. `prepare` sees the app before its routes.
 */
export async function buildApp(config: Config, prepare?: (app: Service) => Promise<void>): Promise<Service> {
  const app = createService({ name: 'search', logLevel: config.LOG_LEVEL });
  await prepare?.(app);
  const store = await openStore(config, app.log);
  app.addHook('onClose', () => store.close());
  app.readyWhen('store', async () => ({ documents: await store.count() }));

  await app.register(async (guarded: Service) => {
    await guarded.register(callerAuth, {
      mode: 'signature',
      audience: new URL(config.SERVICE_URL).origin,
      allowedCallers: allowedCallersFrom(config.ALLOWED_CALLERS),
      jwksUri: config.GOOGLE_CERTS_URL,
      plainHttpHosts: listOf(config.PLAIN_HTTP_HOSTS),
    });
    addDocumentRoutes(guarded, store);
    addSearchRoute(guarded, store);
    addDescriptionRoute(guarded);
  });
  return app;
}
