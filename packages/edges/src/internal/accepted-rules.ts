import { accountOf, hasAccount } from './account-rules.ts';
import { type Draft, record } from './draft.ts';
import { type Finding, list, quote } from './finding.ts';
import { noDay } from './limit-rules.ts';
import { acceptedFault, isAccount, VISIBLE } from './members.ts';
import { didYouMean } from './nearest.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

/** Each accepted access is somebody's, somewhere that there is, and stands once. */
export function acceptedFindings(drafts: readonly Draft[], document: YamlDocument): Finding[] {
  const { accepted } = record(document.value);
  if (!Array.isArray(accepted)) return [];
  const places = ['project', ...servicesOf(drafts), ...accountsOf(drafts)];
  const seen = new Map<string, number>();
  return accepted.flatMap((entry: unknown, index): Finding[] => {
    const { member, on, until } = record(entry);
    const at = (...path: Path) => document.offsetOf(['accepted', index, ...path], 'value');
    const found = noDay(until, `accepted: entry ${index + 1}: until`, at('until'));
    const wrong = typeof member === 'string' && VISIBLE.test(member) ? acceptedFault(member) : undefined;
    if (wrong !== undefined) {
      const message = `accepted: member ${quote(String(member))} ${wrong.fault}`;
      found.push({ offset: at('member'), message, mend: () => wrong.mend });
    }
    if (typeof on === 'string' && VISIBLE.test(on) && !isAccount(on) && !places.includes(on)) {
      const message = `accepted: ${quote(on)} is neither the project, nor a service or an account of this file, nor the e-mail of an account`;
      found.push({ offset: at('on'), message, mend: () => didYouMean(on, places) ?? `Write one of ${list(places)}.` });
    }
    if (typeof member !== 'string' || typeof on !== 'string') return found;
    const key = JSON.stringify([member, on]);
    const first = seen.get(key);
    seen.set(key, first ?? index);
    if (first !== undefined) {
      const message = `accepted: ${quote(member)} on ${quote(on)} stands twice, first as entry ${first + 1}`;
      found.push({ offset: at(), message, mend: () => 'Keep one of the two.' });
    }
    return found;
  });
}

function servicesOf(drafts: readonly Draft[]): string[] {
  return drafts.filter(({ part }) => part === 'services').map(({ name }) => name);
}

function accountsOf(drafts: readonly Draft[]): string[] {
  const accounts = drafts.filter(hasAccount).map(accountOf);
  return [...new Set(accounts)];
}
