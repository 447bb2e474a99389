import { type Caller, STRANGER } from '@run-edges/edges';
import type { Iam } from '../iam/policies/iam.ts';
import type { Accounts } from '../identity/accounts/accounts.ts';
import type { Project } from '../identity/project.ts';
import type { Callers } from '../run/callers.ts';
import type { Directory } from '../run/gate/authorize.ts';
import { giveCommand } from '../watch/explain/grant-text.ts';
import { hasConditions } from '../watch/routes/edge-routes.ts';

export interface DirectoryOptions {
  readonly project: Project;
  readonly accounts: Accounts;
  readonly iam: Iam;
  readonly callers: readonly Callers[];
  /** What is there because it is declared; in an empty project nothing is. */
  readonly declared: readonly Caller[];
}

/** Whose account is whose, and what would let somebody in, as gates say it. */
export function createDirectory({ project, accounts, iam, callers, declared }: DirectoryOptions): Directory {
  return { accounts, callerName: (email) => callersAs(email).join(' or ') || email, wayIn };

  /** Those who run as this account. */
  function callersAs(email: string): readonly string[] {
    const found: string[] = [];
    for (const kind of callers)
      for (const { name, account } of kind.principals()) if (account.email === email) found.push(name);
    return found;
  }

  function wayIn(receiver: string, member: string): string {
    const names = callersAs(member.slice(member.indexOf(':') + 1));
    if (names.length === 1 && names[0] === STRANGER)
      return `Nothing: the stranger stands for everybody whom no edge names. Declare a service that shall call ${receiver}, with ${receiver} in its calls.`;
    const beside = hasConditions(iam, receiver);
    const command = `${giveCommand(receiver, member, { project, beside })} (it counts after about 2 minutes, sometimes 7)`;
    const known = names.filter((name) => declared.some((service) => service.name === name));
    if (known.length === 0 || names.includes(receiver)) return command;
    return `If ${known.join(' or ')} should call ${receiver}, add ${receiver} to its calls in edges.yaml and start again. On Cloud Run: ${command}`;
  }
}
