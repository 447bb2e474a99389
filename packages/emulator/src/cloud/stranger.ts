import { STRANGER } from '@run-edges/edges';
import type { Accounts, ServiceAccount } from '../identity/accounts/accounts.ts';
import type { Callers } from '../run/callers.ts';
import type { Principal } from '../run/revisions/principal.ts';

/** The caller whom no edge names: there for as long as its account is. */
export interface Stranger extends Callers {
  close(): Promise<void>;
}

export interface StrangerOptions {
  readonly accounts: Accounts;
  readonly email: string;
  /** Opens its metadata server. */
  readonly open: (account: ServiceAccount) => Promise<Principal>;
  /** The environment in which Google's client libraries are it. */
  readonly env: Callers['env'];
}

/** Follows the account: in an empty project somebody has to make it first, as `run-edges deploy` and Terraform do. */
export async function followStranger({ accounts, email, open, env }: StrangerOptions): Promise<Stranger> {
  let principal: Principal | undefined;
  let closed = false;

  async function look(): Promise<void> {
    const account = closed ? undefined : accounts.byEmail(email);
    if (account?.uniqueId === principal?.account.uniqueId) return;
    const old = principal;
    principal = undefined;
    await old?.close();
    if (account !== undefined) principal = await open(account);
  }

  await look();
  let turn = Promise.resolve();
  const again = () => {
    // Where its port was taken meanwhile there is no stranger, as there was none before.
    turn = turn.then(look).catch(() => undefined);
    return turn;
  };
  accounts.onChange(again);
  return {
    kind: STRANGER,
    principals: () => (principal === undefined ? [] : [principal]),
    env,
    close() {
      closed = true;
      return again();
    },
  };
}
