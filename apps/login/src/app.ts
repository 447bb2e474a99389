import { createService, type Service } from '@run-edges/service';
import { createAccounts } from './accounts.ts';
import type { Config } from './config.ts';
import { makeDemoAccount } from './demo-account.ts';
import { addPages, sendErrorPage } from './pages.ts';
import { createProfilesClient } from './profiles-client.ts';
import { addRateLimits } from './rate-limits.ts';
import { addKeysRoute } from './routes/keys.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { addProfileRoutes } from './routes/profile.ts';
import { addSessionRoutes } from './routes/sessions.ts';
import { addSignInRoutes } from './routes/sign-in.ts';
import { addSignUpRoutes } from './routes/sign-up.ts';
import { addSessions } from './sessions.ts';
import { requireSignedIn } from './signed-in.ts';
import { openStore } from './store/open-store.ts';
import { createUserTokens } from './user-token.ts';

/** Builds the public face of the directory: pages, sessions, and the keys of user tokens. */
export async function buildApp(config: Config): Promise<Service> {
  const app = createService({ name: 'login', logLevel: config.LOG_LEVEL, renderProblem: sendErrorPage });
  const store = await openStore(config, app.log);
  app.addHook('onClose', () => store.close());
  // Made while the rest starts: hashing a password takes longer than all of it.
  const demoAccount = makeDemoAccount(config, store);
  app.readyWhen('demo account', () => demoAccount.then(() => undefined));

  const secure = config.SERVICE_URL.startsWith('https:');
  const tokens = createUserTokens(store);
  const profiles = createProfilesClient(config, tokens);
  const accounts = createAccounts(store, profiles, demoAccount);
  await addSessions(app, store, secure);
  await addPages(app, secure);
  const failures = await addRateLimits(app);
  addKeysRoute(app, tokens);
  addSignInRoutes(app, accounts, failures);
  addSignUpRoutes(app, accounts, failures);
  await app.register(async (signedIn: Service) => {
    requireSignedIn(signedIn);
    addProfileRoutes(signedIn, profiles);
    addPeopleRoutes(signedIn, profiles);
    addSessionRoutes(signedIn, store);
  });
  return app;
}
