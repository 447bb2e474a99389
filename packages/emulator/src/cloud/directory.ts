import { callersOf, type Declaration, STRANGER } from '@run-edges/edges';
import { type Groups, groupsOf } from '../iam/policies/groups.ts';
import type { Iam } from '../iam/policies/iam.ts';
import type { Accounts } from '../identity/accounts/accounts.ts';
import type { ForeignAccounts } from '../identity/accounts/foreign-accounts.ts';
import type { Project } from '../identity/project.ts';
import { derived } from '../internal/derived.ts';
import type { Callers } from '../run/callers.ts';
import type { Directory } from '../run/gate/authorize.ts';
import { giveCommand } from '../watch/explain/grant-text.ts';
import { hasConditions } from '../watch/routes/edge-routes.ts';

export interface DirectoryOptions {
  readonly project: Project;
  readonly accounts: Accounts;
  readonly elsewhere: ForeignAccounts;
  readonly iam: Iam;
  readonly callers: readonly Callers[];
  readonly declaration: () => Declaration;
  readonly groups: () => Groups;
  readonly emailOf: (name: string) => string;
  /** Whether what is declared is there; in an empty project nothing is. */
  readonly deployed: boolean;
}

/** People whose names are remembered. */
const MOST_NAMED = 1000;

/** Whose account is whose, and what would let somebody in, as gates say it. */
export function createDirectory(options: DirectoryOptions): Directory {
  const { project, accounts, elsewhere, iam, callers, declaration, groups, emailOf, deployed } = options;
  const now = derived(declaration, (all) => {
    const declared = callersOf(all);
    return {
      declared,
      byEmail: Map.groupBy(
        declared.filter(({ kind }) => kind !== 'service'),
        ({ name, serviceAccount, member = '' }) =>
          serviceAccount === undefined ? member.replace(/^(?:user|serviceAccount):/, '') : emailOf(name),
      ),
      sets: declared.filter(({ member = '' }) => /^(?:group|domain):/.test(member)),
      named: new Map<string, string>(),
    };
  });
  return { accounts, elsewhere, callerName, wayIn };

  function callerName(email: string): string {
    const names = callersAs(email);
    if (names.length > 0) return names.join(' or ');
    const { sets, named } = now();
    if (sets.length === 0) return email;
    const known = named.get(email) ?? nameOf(email);
    if (named.size >= MOST_NAMED) named.clear();
    named.set(email, known);
    return known;
  }

  /** Those who run as this account, or are who has this e-mail. */
  function callersAs(email: string): readonly string[] {
    const found: string[] = [];
    for (const kind of callers)
      for (const { name, account } of kind.principals()) if (account.email === email) found.push(name);
    for (const { name } of now().byEmail.get(email) ?? []) if (!found.includes(name)) found.push(name);
    return found;
  }

  /** The declared groups and domains that somebody is in, and who it is. */
  function setsOf(email: string): readonly { readonly name: string; readonly member: string }[] {
    const isAccount = email.endsWith('.gserviceaccount.com');
    const among = groupsOf(groups(), `${isAccount ? 'serviceAccount' : 'user'}:${email}`);
    if (!isAccount) among.push(`domain:${email.slice(email.indexOf('@') + 1)}`);
    return now().sets.flatMap(({ name, member = '' }) => (among.includes(member) ? [{ name, member }] : []));
  }

  function nameOf(email: string): string {
    const among = setsOf(email);
    if (among.length === 0) return email;
    return `${among.map(({ name }) => name).join(' or ')} (${email}, in ${among.map(({ member }) => member).join(' and ')})`;
  }

  /** To a receiver of others. */
  function wayOut(receiver: string, email: string): string {
    const names = callersAs(email);
    const who = names.length > 0 ? names : setsOf(email).map(({ name }) => name);
    const add = `add ${receiver} to its calls in edges.yaml and save it: a running up follows it`;
    return `If ${who.join(' or ') || email} should call ${receiver}, ${add}. Others own it: whether it lets them in is theirs to say.`;
  }

  function wayIn(receiver: string, member: string): string {
    const email = member.slice(member.indexOf(':') + 1);
    const names = callersAs(email);
    if (names.length === 1 && names[0] === STRANGER)
      return `Nothing: the stranger stands for everybody whom no edge names. Declare a service that shall call ${receiver}, with ${receiver} in its calls.`;
    if (declaration().external?.some(({ name }) => name === receiver) === true) return wayOut(receiver, email);
    const beside = hasConditions(iam, receiver);
    const command = `${giveCommand(receiver, member, { project, beside })} (it counts after about 2 minutes, sometimes 7)`;
    const shown = names.length > 0 ? names : setsOf(email).map(({ name }) => name);
    const known = shown.filter((name) => deployed && now().declared.some((caller) => caller.name === name));
    if (known.length === 0 || names.includes(receiver)) return command;
    return `If ${known.join(' or ')} should call ${receiver}, add ${receiver} to its calls in edges.yaml and save it: a running up follows it. On Cloud Run: ${command}`;
  }
}
