import type { ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { OpenPrincipal, Principal } from './principal.ts';

/** The metadata servers of the accounts whom a service's revisions run as. */
export interface ServicePrincipals {
  /** That of an account, opened where there is none yet. @throws EmulatorError */
  of(account: ServiceAccount): Promise<Principal>;
  /** Takes some away: nobody is them any more. */
  end(which: (principal: Principal) => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface ServicePrincipalsOptions {
  readonly name: string;
  /** Where the first of them is; 0 for any free one. */
  readonly port: number;
  readonly open: OpenPrincipal;
}

export function createServicePrincipals({ name, port, open }: ServicePrincipalsOptions): ServicePrincipals {
  /** By the ids of their accounts. */
  const principals = new Map<string, Promise<Principal>>();

  async function end(which: (principal: Principal) => boolean): Promise<void> {
    for (const [id, opening] of principals) {
      const principal = await opening.catch(() => undefined);
      if (principal === undefined || !which(principal)) continue;
      principals.delete(id);
      await principal.close();
    }
  }

  return {
    async of(account) {
      const known = principals.get(account.uniqueId);
      if (known !== undefined) return known;
      // An account that was made again is another one, which takes the place of that of before.
      await end((before) => before.account.email === account.email);
      const hosts = (await Promise.all(principals.values())).map(({ metadataHost }) => metadataHost);
      const isFree = !hosts.some((host) => host.endsWith(`:${port}`));
      const made = open({ name, account, port: isFree ? port : 0 });
      principals.set(account.uniqueId, made);
      made.catch(() => principals.delete(account.uniqueId));
      return made;
    },
    end,
    async close() {
      await Promise.all([...principals.values()].map(async (one) => (await one).close()));
    },
  };
}
