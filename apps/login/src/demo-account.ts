import { emailOf } from './accounts.ts';
import type { Config } from './config.ts';
import { hashPassword, verifyPassword } from './password.ts';
import type { LoginStore } from './store/store.ts';

/** The first of the people whom user-profiles makes up. */
const DEMO_PERSON_ID = 'demo-0001';

/** Starts to make the demo account that the configuration asks for. Rejects with the reason when that fails. */
export function makeDemoAccount({ DEMO_EMAIL, DEMO_PASSWORD }: Config, store: LoginStore): Promise<void> {
  const made = DEMO_EMAIL && DEMO_PASSWORD ? ensureAccount(store, DEMO_EMAIL, DEMO_PASSWORD) : Promise.resolve();
  // Whoever waits learns of a failure; that nobody waits yet must not end the process.
  made.catch(() => undefined);
  return made;
}

/** Brings the account up to date when address or password are other ones than at the last start. */
async function ensureAccount(store: LoginStore, address: string, password: string): Promise<void> {
  const email = emailOf(address);
  const account = await store.findAccount(email);
  if (account && (await verifyPassword(password, account.passwordHash))) return;
  const passwordHash = await hashPassword(password);
  await store.putAccount({ personId: DEMO_PERSON_ID, email, passwordHash, pendingName: null });
}
