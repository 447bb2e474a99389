import { type Draft, edgesOf, isCaller, isReceiver } from './draft.ts';
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { oneOf } from './words.ts';

/** Each edge goes to a receiver that is declared, once. */
export function callFindings(drafts: readonly Draft[]): Finding[] {
  const receivers = new Set(drafts.filter(isReceiver).map(({ name }) => name));
  return drafts.filter(isCaller).flatMap((draft) => {
    const caller = unquoteWhenPlain(draft.name);
    const seen = new Set<string>();
    return edgesOf(draft).flatMap(({ to, index }): Finding[] => {
      const offset = draft.at(['calls', index, 'to'], 'value');
      const repeated = seen.has(to);
      seen.add(to);
      if (repeated)
        return [{ offset, message: `${caller} calls ${quote(to)} twice`, mend: () => 'Take one of the two out.' }];
      if (receivers.has(to)) return [];
      const message = `${caller} calls ${quote(to)}, which ${whyNot(to, drafts)}`;
      const others = () => [...receivers].filter((other) => other !== draft.name);
      return [
        {
          offset,
          message,
          mend: () => mendOf(to, others(), drafts),
        },
      ];
    });
  });
}

function mendOf(to: string, others: readonly string[], drafts: readonly Draft[]): string {
  const known = others.length === 0 ? 'No other service is declared.' : `Declared: ${list(others)}.`;
  if (drafts.some(({ name }) => name === to))
    return `Take it out: services and external receivers are called. ${known}`;
  return didYouMean(to, others) ?? `Declare it too, or take it out. ${known}`;
}

function whyNot(name: string, drafts: readonly Draft[]): string {
  const part = drafts.find((draft) => draft.name === name)?.part;
  return part === undefined ? 'is not declared' : `is ${oneOf(part)} and has no address`;
}
