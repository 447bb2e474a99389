import { isAbsolute, normalize } from 'node:path';
import { type Draft, record } from './draft.ts';
import { type Finding, quote, unquoteWhenPlain } from './finding.ts';

/** One image comes from one place, and what it is built from is what is sent to the build. */
export function imageFindings(drafts: readonly Draft[]): Finding[] {
  return drafts.flatMap(({ name, raw, at }): Finding[] => {
    const who = unquoteWhenPlain(name);
    const found: Finding[] = [];
    if ('image' in raw && 'build' in raw) {
      const mend = () => 'Keep one: image is deployed as it is, build says how one is made.';
      found.push({ offset: at(['build'], 'key'), message: `${who} has both image and build`, mend });
    }
    const { dockerfile } = record(raw.build);
    if (typeof dockerfile === 'string' && leaves(dockerfile)) {
      const message = `${who}: the dockerfile ${quote(dockerfile)} is outside the context`;
      const mend = () => 'Write it relative to context: nothing else is sent to the build.';
      found.push({ offset: at(['build', 'dockerfile'], 'value'), message, mend });
    }
    return found;
  });
}

function leaves(path: string): boolean {
  return isAbsolute(path) || /^\.\.(?:[\\/]|$)/.test(normalize(path));
}
