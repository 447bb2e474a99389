import { isDay } from './day.ts';
import { type Draft, type DraftEdge, edgesOf, isCaller } from './draft.ts';
import { type Finding, quote, unquoteWhenPlain } from './finding.ts';

/** What an edge is limited to must limit something, and something must check it. */
export function limitFindings(drafts: readonly Draft[]): Finding[] {
  const unchecked = new Map(
    drafts.flatMap(({ part, name, raw }): [string, string][] => {
      if (part === 'external') return [[name, 'which others own: this file grants nothing there']];
      return raw.public === true ? [[name, 'which is public: everybody may call it at any time']] : [];
    }),
  );
  return drafts.filter(isCaller).flatMap((draft) =>
    edgesOf(draft).flatMap((edge): Finding[] => {
      const why = isLimited(edge) ? unchecked.get(edge.to) : undefined;
      const found = [...dayFindings(draft, edge), ...pathFindings(draft, edge)];
      if (why === undefined) return found;
      const message = `${unquoteWhenPlain(draft.name)} has a limited edge to ${unquoteWhenPlain(edge.to)}, ${why}`;
      const mend = () => `Take paths and until out: write ${unquoteWhenPlain(edge.to)} alone.`;
      return [...found, { offset: draft.at(edge.place, 'value'), message, mend }];
    }),
  );
}

function isLimited({ raw }: DraftEdge): boolean {
  return 'paths' in raw || 'until' in raw;
}

function dayFindings({ name, at }: Draft, { raw: { until }, place }: DraftEdge): Finding[] {
  return noDay(until, `${unquoteWhenPlain(name)}: until`, at([...place, 'until'], 'value'));
}

/** A text in the form of a day that is none. Other forms are for the schema to tell. */
export function noDay(until: unknown, where: string, offset: number): Finding[] {
  if (typeof until !== 'string' || !/^2\d{3}-\d\d-\d\d$/.test(until) || isDay(until)) return [];
  return [
    {
      offset,
      message: `${where} is ${quote(until)}, and there is no such day`,
      mend: () => 'Write a day as YYYY-MM-DD.',
    },
  ];
}

function pathFindings({ name, at }: Draft, { raw: { paths }, place }: DraftEdge): Finding[] {
  if (!Array.isArray(paths)) return [];
  const written = paths.indexOf('/*');
  if (written === -1) return [];
  const message = `${unquoteWhenPlain(name)}: the path "/*" is every path`;
  const mend = () => 'Take paths out, or name those that are meant.';
  return [{ offset: at([...place, 'paths', written], 'value'), message, mend }];
}
