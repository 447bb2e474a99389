import type { Draft } from './draft.ts';
import { type Finding, unquoteWhenPlain } from './finding.ts';
import { oneOf } from './words.ts';

/** A name stands once, whatever it names: tables, variables and policies know callers and receivers by it. */
export function nameFindings(drafts: readonly Draft[]): Finding[] {
  const holders = new Map<string, Draft>();
  return drafts.flatMap((draft): Finding[] => {
    const holder = holders.get(draft.name);
    holders.set(draft.name, holder ?? draft);
    if (holder === undefined) return [];
    const message = `${unquoteWhenPlain(draft.name)} is ${oneOf(holder.part)} and ${oneOf(draft.part)}`;
    return [{ offset: draft.at([], 'key'), message, mend: () => 'Give one of the two another name.' }];
  });
}
