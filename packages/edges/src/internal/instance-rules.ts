import { defaults } from './defaults.ts';
import type { Draft } from './draft.ts';
import { type Finding, unquoteWhenPlain } from './finding.ts';

export function instanceFindings(drafts: readonly Draft[]): Finding[] {
  return drafts.flatMap(({ part, name, raw, at }): Finding[] => {
    if (part !== 'services') return [];
    const { minInstances: least = defaults.minInstances, maxInstances: most = defaults.maxInstances } = raw;
    if (typeof least !== 'number' || typeof most !== 'number' || most >= least) return [];
    const key = 'maxInstances' in raw ? 'maxInstances' : 'minInstances';
    const which = key === 'maxInstances' ? '' : ' (the default)';
    const message = `${unquoteWhenPlain(name)}: maxInstances ${most}${which} is less than minInstances ${least}`;
    const mend = () => `Raise maxInstances to ${least} or more, or lower minInstances.`;
    return [{ offset: at([key], 'value'), message, mend }];
  });
}
