import { callersOf, type Declaration } from '@run-edges/edges';
import { type Groups, groupsOf } from './groups.ts';

/** Whom a declared group or domain is tried as: nobody can sign in as all of its members. */
export interface StandIns {
  /** The groups, and in each that is declared and has nobody to be tried as, one more member. */
  readonly groups: Groups;
  /** The member, as `user:EMAIL`, who stands for a declared group or domain. */
  readonly of: (member: string) => string | undefined;
}

/**
 * Picks a user of each declared group who holds nothing by another name in the declaration, and makes one where there is
 * none: `user:member@support.example.com.invalid` of `group:support@example.com`, who is of no domain.
 */
export function chooseStandIns(declaration: Declaration, asked: Groups): StandIns {
  const declared = callersOf(declaration).flatMap(({ member }) => (member === undefined ? [] : [member]));
  const chosen = new Map<string, string>();
  const groups: Record<string, readonly string[]> = { ...asked };

  const holdsMore = (user: string, group: string) => {
    const names = [user, `domain:${user.slice(user.indexOf('@') + 1)}`, ...groupsOf(asked, user)];
    return names.some((name) => name !== group && declared.includes(name));
  };
  for (const member of declared) {
    const [, kind, name = ''] = /^(group|domain):(.+)$/.exec(member) ?? [];
    if (kind === 'domain') chosen.set(member, `user:run-edges-member@${name}`);
    if (kind !== 'group') continue;
    const members = Object.hasOwn(asked, name) ? (asked[name] ?? []) : [];
    const known = members.find((one) => one.startsWith('user:') && !holdsMore(one, member));
    const made = `user:member@${name.replace('@', '.')}.invalid`;
    chosen.set(member, known ?? made);
    if (known === undefined) groups[name] = [...members, made];
  }
  return { groups, of: (member) => chosen.get(member) };
}
