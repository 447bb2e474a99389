import { callerAuth } from '@run-edges/auth/fastify';
import { allowedCallers, createService, listOf, type Service } from '@run-edges/service';
import type { Config } from './config.ts';
import { demoPeople } from './demo/people.ts';
import { startOutboxDelivery } from './outbox-delivery.ts';
import { requirePerson } from './person-auth.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { createSearchClient } from './search-client.ts';
import { openSqliteStore } from './store/sqlite.ts';

/**
 * Builds the profile service. Every route but health has two guards: the front end vouches for the calling service
 * (its signature is gone from X-Serverless-Authorization when it comes here), the user token for the person.
 */
export async function buildApp(config: Config): Promise<Service> {
  const app = createService({ name: 'user-profiles', logLevel: config.LOG_LEVEL });
  if (!config.STATE_DIR) app.log.warn('STATE_DIR is not set: profiles are in memory and end with this process');
  const store = openSqliteStore(config.STATE_DIR);
  if (config.DEMO_PEOPLE > 0 && (await store.isEmpty())) {
    const count = await store.seed(demoPeople(config.DEMO_PEOPLE, config.DEMO_EMAIL));
    app.log.info(`made up ${count} people`);
  }
  const search = createSearchClient(config);
  const outbox = startOutboxDelivery(store, search, app.log);
  app.addHook('onClose', async () => {
    await outbox.stop();
    await store.close();
  });
  // Search being down is no reason to take this service out of traffic: the outbox keeps what it misses.
  app.readyWhen('store', async () => ({ pending: await store.pending() }));

  await app.register(async (guarded: Service) => {
    await guarded.register(callerAuth, {
      mode: 'cloud-run',
      audience: new URL(config.SERVICE_URL).origin,
      allowedCallers: allowedCallers(config.ALLOWED_CALLERS),
      jwksUri: config.GOOGLE_CERTS_URL,
      plainHttpHosts: listOf(config.PLAIN_HTTP_HOSTS),
    });
    requirePerson(guarded, config.LOGIN_URL);
    addPeopleRoutes(guarded, { store, search, written: outbox.wake });
  });
  return app;
}
