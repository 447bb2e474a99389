import { createService, type Service } from '@run-edges/service';
import type { Config } from './config.ts';
import { makeDemoAccount } from './demo-account.ts';
import { addPages, sendErrorPage } from './pages.ts';
import { createProfilesClient } from './profiles-client.ts';
import { addKeysRoute } from './routes/keys.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { addSignInRoutes } from './routes/sign-in.ts';
import { addSessions } from './sessions.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { createUserTokens } from './user-token.ts';

/** Builds the public face of the directory: pages, sessions, and the keys of user tokens. */
export async function buildApp(config: Config): Promise<Service> {
  const app = createService({ name: 'login', logLevel: config.LOG_LEVEL, renderProblem: sendErrorPage });
  if (!config.STATE_DIR) app.log.warn('STATE_DIR is not set: accounts and sessions end with this process');
  const store = openSqliteStore(config.STATE_DIR);
  app.addHook('onClose', () => store.close());
  // Made while the rest starts: hashing a password takes longer than all of it.
  const demoAccount = makeDemoAccount(config, store);
  app.readyWhen('demo account', () => demoAccount.then(() => undefined));

  const secure = config.SERVICE_URL.startsWith('https:');
  const tokens = createUserTokens(store);
  await addSessions(app, store, secure);
  await addPages(app, secure);
  addKeysRoute(app, tokens);
  addSignInRoutes(app, store, demoAccount);
  await app.register(async (signedIn: Service) => {
    addPeopleRoutes(signedIn, createProfilesClient(config, tokens));
  });
  return app;
}
