import { isFederated } from '../callers.ts';
import { defaultServiceAccount } from './defaults.ts';
import type { Draft } from './draft.ts';
import { type Finding, quote, unquoteWhenPlain } from './finding.ts';

/** Whether an account of this project is the caller's, by what is written. */
export function hasAccount({ part, raw }: Draft): boolean {
  if (part === 'external' || (part === 'senders' && 'project' in raw)) return false;
  return part !== 'principals' || (typeof raw.member === 'string' && isFederated(raw.member));
}

/** The account that it runs as, or acts as, by what is written. */
export function accountOf({ name, raw }: Draft): string {
  return typeof raw.serviceAccount === 'string' ? raw.serviceAccount : defaultServiceAccount(name);
}

/** An account that nobody named must be one that can be made. */
export function accountFindings(drafts: readonly Draft[]): Finding[] {
  const named = (draft: Draft) => hasAccount(draft) || draft.part === 'senders';
  return drafts.filter(named).flatMap(({ name, raw, at }): Finding[] => {
    const account = defaultServiceAccount(name);
    if ('serviceAccount' in raw || (account.length >= 6 && account.length <= 30)) return [];
    const fault = account.length < 6 ? 'shorter than the 6' : 'longer than the 30';
    const message = `${unquoteWhenPlain(name)} would run as ${quote(account)}, which is ${fault} characters of an account id`;
    const mend = () => `Give ${unquoteWhenPlain(name)} an explicit serviceAccount of 6 to 30 characters.`;
    return [{ offset: at([], 'key'), message, mend }];
  });
}
