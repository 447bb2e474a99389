import { createService, type ReadyCheck, type Service } from '@run-edges/service';
import type { Config } from './config.ts';
import { ensureDemoAccount } from './demo-account.ts';
import { addPages, sendErrorPage } from './pages.ts';
import { createProfilesClient } from './profiles-client.ts';
import { addKeysRoute } from './routes/keys.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { addSignInRoutes } from './routes/sign-in.ts';
import { addSessions } from './sessions.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { LoginStore } from './store/store.ts';
import { createUserTokens } from './user-token.ts';

/** Builds the public face of the directory: pages, sessions, and the keys of user tokens. */
export async function buildApp(config: Config): Promise<Service> {
  const app = createService({ name: 'login', logLevel: config.LOG_LEVEL, renderProblem: sendErrorPage });
  if (!config.STATE_DIR) app.log.warn('STATE_DIR is not set: accounts and sessions end with this process');
  const store = openSqliteStore(config.STATE_DIR);
  app.addHook('onClose', () => store.close());
  app.readyWhen('demo account', demoAccount(config, store));

  const secure = config.SERVICE_URL.startsWith('https:');
  const tokens = await createUserTokens(store);
  await addSessions(app, store, secure);
  await addPages(app, secure);
  addKeysRoute(app, tokens);
  addSignInRoutes(app, store);
  await app.register(async (signedIn: Service) => {
    addPeopleRoutes(signedIn, createProfilesClient(config, tokens));
  });
  return app;
}

/** Makes the demo account while the rest starts: hashing a password takes longer than all of it. */
function demoAccount({ DEMO_EMAIL, DEMO_PASSWORD }: Config, store: LoginStore): ReadyCheck {
  if (!DEMO_EMAIL || !DEMO_PASSWORD) return () => undefined;
  const made = ensureDemoAccount(store, DEMO_EMAIL, DEMO_PASSWORD);
  // A failure is reported by the check, each time that it is asked.
  made.catch(() => undefined);
  return () => made.then(() => undefined);
}
