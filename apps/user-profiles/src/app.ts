import { callerAuth } from '@run-edges/auth/fastify';
import { allowedCallersFrom } from '@run-edges/auth/inbound';
import { createService, listOf, type Service } from '@run-edges/service';
import type { Config } from './config.ts';
import { seedDemoPeople } from './demo/seed.ts';
import { startOutboxDelivery } from './outbox-delivery.ts';
import { requirePerson } from './person-auth.ts';
import { addDescriptionRoute } from './routes/description.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { createSearchClient } from './search-client.ts';
import { openStore } from './store/open-store.ts';

/**
 * Builds the profile service. Every route but health has two guards: the front end vouches for the calling service
 * (its signature is gone from X-Serverless-Authorization when it comes here), the user token for the person.
 * `prepare` sees the app before its routes.
 */
export async function buildApp(config: Config, prepare?: (app: Service) => Promise<void>): Promise<Service> {
  const app = createService({ name: 'user-profiles', logLevel: config.LOG_LEVEL });
  await prepare?.(app);
  const store = await openStore(config, app.log);
  const search = createSearchClient(config);
  const outbox = startOutboxDelivery(store, search, app.log);
  const demo = { count: config.DEMO_PEOPLE, email: config.DEMO_EMAIL, written: outbox.wake, log: app.log };
  const seeding = await seedDemoPeople(store, demo);
  app.addHook('onClose', async () => {
    await Promise.all([seeding.stop(), outbox.stop()]);
    await store.close();
  });
  // Search being down is no reason to take this service out of traffic: the outbox keeps what it misses.
  app.readyWhen('store', async () => ({
    people: await store.count(),
    // What search is still to be told.
    pending: (await store.pending()) + seeding.remaining(),
  }));

  await app.register(async (guarded: Service) => {
    await guarded.register(callerAuth, {
      mode: 'cloud-run',
      audience: new URL(config.SERVICE_URL).origin,
      allowedCallers: allowedCallersFrom(config.ALLOWED_CALLERS),
      jwksUri: config.GOOGLE_CERTS_URL,
      plainHttpHosts: listOf(config.PLAIN_HTTP_HOSTS),
    });
    requirePerson(guarded, config.LOGIN_URL);
    addDescriptionRoute(guarded);
    addPeopleRoutes(guarded, { store, search, written: outbox.wake });
  });
  return app;
}
