import { type Draft, edgesOf, isCaller, isReceiver, type NamedPart } from './draft.ts';
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { oneOf } from './words.ts';

/** Each edge goes to a receiver that is declared, once. */
export function callFindings(drafts: readonly Draft[]): Finding[] {
  const receivers = new Set(drafts.filter(isReceiver).map(({ name }) => name));
  const parts = new Map(drafts.map(({ name, part }) => [name, part]));
  return drafts.filter(isCaller).flatMap((draft) => {
    const caller = unquoteWhenPlain(draft.name);
    const seen = new Set<string>();
    return edgesOf(draft).flatMap(({ to, place }): Finding[] => {
      const offset = draft.at([...place, 'to'], 'value');
      const repeated = seen.has(to);
      seen.add(to);
      if (repeated)
        return [{ offset, message: `${caller} calls ${quote(to)} twice`, mend: () => 'Take one of the two out.' }];
      if (receivers.has(to)) return [];
      const part = parts.get(to);
      const why = part === undefined ? 'is not declared' : `is ${oneOf(part)} and has no address`;
      const others = () => [...receivers].filter((other) => other !== draft.name);
      return [
        { offset, message: `${caller} calls ${quote(to)}, which ${why}`, mend: () => mendOf(to, part, others()) },
      ];
    });
  });
}

function mendOf(to: string, part: NamedPart | undefined, others: readonly string[]): string {
  const known = others.length === 0 ? 'No other service is declared.' : `Declared: ${list(others)}.`;
  if (part !== undefined) return `Take it out: services and external receivers are called. ${known}`;
  return didYouMean(to, others) ?? `Declare it too, or take it out. ${known}`;
}
