import { isFederated } from '../callers.ts';
import { serviceAccountEmail } from '../identity.ts';
import { accountOf, hasAccount } from './account-rules.ts';
import type { Draft } from './draft.ts';
import { type Finding, quote, unquoteWhenPlain } from './finding.ts';
import { memberFault, VISIBLE } from './members.ts';
import { oneOf } from './words.ts';

/** Each principal is one that has ID tokens, or an account to get them by, and stands once. */
export function principalFindings(drafts: readonly Draft[]): Finding[] {
  const holders = new Map<string, string>();
  return drafts.flatMap(({ part, name, raw, at }): Finding[] => {
    const { member } = raw;
    if (part !== 'principals' || typeof member !== 'string' || !VISIBLE.test(member)) return [];
    const who = unquoteWhenPlain(name);
    const offset = at(['member'], 'value');
    const wrong = memberFault(member);
    if (wrong !== undefined)
      return [{ offset, message: `${who}: member ${quote(member)} ${wrong.fault}`, mend: () => wrong.mend }];
    const holder = holders.get(member);
    holders.set(member, holder ?? who);
    if (holder !== undefined) {
      const message = `${holder} and ${who} are the same member ${quote(member)}`;
      return [{ offset, message, mend: () => `Put the calls of both under one name.` }];
    }
    if (isFederated(member) || !('serviceAccount' in raw)) return [];
    const message = `${who} has a serviceAccount, and its member has an identity of its own`;
    const mend = () => 'Take serviceAccount out: only principal: and principalSet: act as one.';
    return [{ offset: at(['serviceAccount'], 'key'), message, mend }];
  });
}

/** An account that a declared caller has is no principal: what it may call would stand in two places, and be one. */
export function ownFindings(drafts: readonly Draft[], project: string): Finding[] {
  const holders = new Map(
    drafts
      .filter(hasAccount)
      .map((draft) => [`serviceAccount:${serviceAccountEmail(accountOf(draft), project)}`, draft]),
  );
  return drafts.flatMap(({ part, name, raw, at }): Finding[] => {
    const holder = part === 'principals' && typeof raw.member === 'string' ? holders.get(raw.member) : undefined;
    if (holder === undefined) return [];
    const message = `${unquoteWhenPlain(name)} is the account of ${unquoteWhenPlain(holder.name)}, ${oneOf(holder.part)} of this file`;
    const mend = () => `Declare the edge on ${unquoteWhenPlain(holder.name)}, and take ${unquoteWhenPlain(name)} out.`;
    return [{ offset: at(['member'], 'value'), message, mend }];
  });
}
