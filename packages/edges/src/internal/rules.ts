import { defaultServiceAccount, defaults } from './defaults.ts';
import { type Draft, entries, type Locate, record } from './draft.ts';
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { referenceFindings } from './reference-rules.ts';
import { variableFindings } from './variable-rules.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

/** What no JSON Schema can say: rules between services, and between keys of one. Bears what the schema refused. */
export function ruleFindings(document: YamlDocument): readonly Finding[] {
  const drafts = entries(record(document.value).services).map(([name, raw]) => ({ name, raw: record(raw) }));
  const at = (path: Path, part: 'key' | 'value') => document.offsetOf(['services', ...path], part);
  return [
    ...callFindings(drafts, at),
    ...accountFindings(drafts, at),
    ...variableFindings(drafts, at),
    ...referenceFindings(drafts, at),
    ...instanceFindings(drafts, at),
  ];
}

function callFindings(drafts: readonly Draft[], at: Locate): Finding[] {
  const declared = new Set(drafts.map(({ name }) => name));
  return drafts.flatMap(({ name, raw }) => {
    if (!Array.isArray(raw.calls)) return [];
    const caller = unquoteWhenPlain(name);
    const seen = new Set<string>();
    return raw.calls.flatMap((receiver: unknown, index): Finding[] => {
      if (typeof receiver !== 'string') return [];
      const offset = at([name, 'calls', index], 'value');
      const repeated = seen.has(receiver);
      seen.add(receiver);
      if (repeated) {
        return [
          { offset, message: `${caller} calls ${quote(receiver)} twice`, mend: () => 'Take one of the two out.' },
        ];
      }
      if (receiver === name) {
        const mend = () => 'Take it out: a service needs no edge to itself.';
        return [{ offset, message: `${caller} calls itself`, mend }];
      }
      if (declared.has(receiver)) return [];
      const others = () => [...declared].filter((other) => other !== name);
      const mend = () => didYouMean(receiver, others()) ?? `Declare it too, or take it out. ${known(others())}`;
      return [{ offset, message: `${caller} calls ${quote(receiver)}, which is not declared`, mend }];
    });
  });
}

function known(others: readonly string[]): string {
  return others.length === 0 ? 'No other service is declared.' : `Declared: ${list(others)}.`;
}

function accountFindings(drafts: readonly Draft[], at: Locate): Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, Draft>();
  for (const draft of drafts) {
    const { name, raw } = draft;
    const written = typeof raw.serviceAccount === 'string' ? raw.serviceAccount : undefined;
    const account = written ?? defaultServiceAccount(name);
    if (written === undefined && !('serviceAccount' in raw) && (account.length < 6 || account.length > 30)) {
      const fault = account.length < 6 ? 'shorter than the 6' : 'longer than the 30';
      const message = `${unquoteWhenPlain(name)} would run as ${quote(account)}, which is ${fault} characters of an account id`;
      const mend = () => `Give ${unquoteWhenPlain(name)} an explicit serviceAccount of 6 to 30 characters.`;
      findings.push({ offset: at([name], 'key'), message, mend });
    }
    const holder = holders.get(account);
    if (holder === undefined) {
      holders.set(account, draft);
      continue;
    }
    // Point at what was written; a default is nobody's typing.
    const culprit = written !== undefined || !('serviceAccount' in holder.raw) ? draft : holder;
    const hasKey = 'serviceAccount' in culprit.raw;
    const offset = hasKey ? at([culprit.name, 'serviceAccount'], 'value') : at([culprit.name], 'key');
    const both = `${unquoteWhenPlain(holder.name)} and ${unquoteWhenPlain(name)}`;
    const message = `${both} share the service account ${quote(account)}`;
    findings.push({ offset, message, mend: () => 'Give each its own: Google tells callers apart by it.' });
  }
  return findings;
}

function instanceFindings(drafts: readonly Draft[], at: Locate): Finding[] {
  return drafts.flatMap(({ name, raw }): Finding[] => {
    const { minInstances: least = defaults.minInstances, maxInstances: most = defaults.maxInstances } = raw;
    if (typeof least !== 'number' || typeof most !== 'number' || most >= least) return [];
    const key = 'maxInstances' in raw ? 'maxInstances' : 'minInstances';
    const which = key === 'maxInstances' ? '' : ' (the default)';
    const message = `${unquoteWhenPlain(name)}: maxInstances ${most}${which} is less than minInstances ${least}`;
    const mend = () => `Raise maxInstances to ${least} or more, or lower minInstances.`;
    return [{ offset: at([name, key], 'value'), message, mend }];
  });
}
