import { hashPassword, verifyPassword } from './password.ts';
import type { LoginStore } from './store/store.ts';

/** The first of the people whom user-profiles makes up. */
const DEMO_PERSON_ID = 'demo-0001';

/** Makes the demo account, or brings it up to date when address or password are other ones than at the last start. */
export async function ensureDemoAccount(store: LoginStore, address: string, password: string): Promise<void> {
  const email = address.trim().toLowerCase();
  const account = await store.findAccount(email);
  if (account && (await verifyPassword(password, account.passwordHash))) return;
  await store.putAccount({ personId: DEMO_PERSON_ID, email, passwordHash: await hashPassword(password) });
}
