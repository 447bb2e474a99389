import { isFederated, serviceAccountDomain } from '@run-edges/edges';
import type { DraftEntry, Sourced } from '../edges-file/draft.ts';
import type { Names } from '../edges-file/names.ts';
import { refusalOf } from '../edges-file/refusal.ts';
import type { Found } from './found.ts';

/** Who calls by which identity. */
export interface Callers {
  /** Names of the entries that are meant by a member of a policy; none where no entry can say it, which is noted. */
  of(member: string, from: string): readonly string[];
  /** Those that are no workloads and call. */
  principals(): readonly Omit<DraftEntry, 'calls'>[];
}

interface Known {
  readonly names: Names;
  /** Names of those that run as an account, by its e-mail. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
  readonly note: (text: string) => void;
}

export function createCallers({ project, acting }: Found, { names, holders, note }: Known): Callers {
  const principals = new Map<string, Omit<DraftEntry, 'calls'>>();
  const byAccount = new Map<string, string[]>();
  const refused = new Set<string>();

  function add(member: string, from: string, account?: string): string | undefined {
    const known = principals.get(member);
    if (known !== undefined) return known.name;
    const fault = refusalOf({ services: { receiver: {} }, principals: { caller: { member } } });
    if (fault !== undefined) {
      if (!refused.has(member)) note(`${member} (${from}) is not declared: ${fault}`);
      refused.add(member);
      return undefined;
    }
    const name = names.near(nearName(member));
    const settings: Record<string, Sourced<unknown>> = { member: { value: member, from } };
    if (account !== undefined && account !== `${name}-run`)
      settings.serviceAccount = { value: account, from: 'the account that it acts as' };
    principals.set(member, { part: 'principals', name, from, settings });
    return name;
  }

  // An account of another project is its owners' to lend.
  const own = `@${serviceAccountDomain(project)}`;
  for (const { member, account, from } of acting) {
    if (!isFederated(member) || !account.endsWith(own)) continue;
    const name = add(member, from, account.slice(0, -own.length));
    if (name !== undefined) byAccount.set(account, [...(byAccount.get(account) ?? []), name]);
  }
  return {
    of(member, from) {
      const email = member.replace(/^serviceAccount:/, '');
      const known = holders.get(email) ?? byAccount.get(email);
      if (member.startsWith('serviceAccount:') && known !== undefined) return known;
      const name = add(member, from);
      return name === undefined ? [] : [name];
    },
    principals: () => [...principals.values()],
  };
}

/** What people would call it by: what stands before the @, or last. */
function nearName(member: string): string {
  if (isFederated(member))
    return (
      member
        .split('/')
        .filter((part) => /[a-z]/i.test(part))
        .at(-1) ?? 'federated'
    );
  const [, rest = ''] = /^\w+:(.*)$/.exec(member) ?? [];
  return rest.split('@')[0] ?? rest;
}
