import { urlVariable } from '../identity.ts';
import { type Draft, edgesOf, entries } from './draft.ts';
import { type Finding, list, quote, unquoteWhenPlain } from './finding.ts';
import { literalUrlsIn } from './literal-urls.ts';
import { nearest } from './nearest.ts';
import { referencesIn, referenceTo } from './references.ts';

/** URLs of services in `env`: each by reference, and of nobody whom the service may not call. */
export function referenceFindings(drafts: readonly Draft[]): Finding[] {
  const services = drafts.filter(({ part }) => part === 'services');
  const external = new Set(drafts.filter(({ part }) => part === 'external').map(({ name }) => name));
  const names = services.map(({ name }) => name);
  const open = new Set(services.filter(({ raw }) => raw.public === true).map(({ name }) => name));
  return drafts.flatMap((draft) => {
    const { name, raw, at } = draft;
    const service = unquoteWhenPlain(name);
    const calls = edgesOf(draft).map(({ to }) => to);
    const mayKnow = (other: string) => other === name || open.has(other) || calls.includes(other);
    return entries(raw.env).flatMap(([variable, value]): Finding[] => {
      if (typeof value !== 'string') return [];
      const offset = at(['env', variable], 'value');
      const where = `${service}: env.${variable}`;
      const references = referencesIn(value).flatMap(({ written, service: meant }): Finding[] => {
        if (meant === undefined) {
          const mend = () => `Write ${referenceTo('NAME')}, or $${short(written)} for the text itself.`;
          return [{ offset, message: `${where} holds ${quote(written)}, which is no reference`, mend }];
        }
        if (external.has(meant)) {
          const mend = () => `Take it out: whoever calls ${meant} finds its URL in ${urlVariable(meant)}.`;
          return [{ offset, message: `${where} names the URL of ${meant}, which others own`, mend }];
        }
        if (!names.includes(meant)) {
          const mend = () => mendUndeclared(meant, names);
          return [{ offset, message: `${where} names the URL of ${quote(meant)}, which is not declared`, mend }];
        }
        if (mayKnow(meant)) return [];
        const mend = () => `Add ${meant} to the calls of ${service}, or take it out.`;
        return [{ offset, message: `${where} names the URL of ${meant}, which ${service} may not call`, mend }];
      });
      const literals = literalUrlsIn(value, names).map(({ url, service: meant }): Finding => {
        const edge = mayKnow(meant) ? '' : `, and add ${meant} to the calls of ${service}`;
        const mend = () => `Write ${referenceTo(meant)}, which is right wherever it runs${edge}.`;
        return {
          offset,
          message: `${where} holds ${quote(url)}, a URL of ${meant} that is right in one place alone`,
          mend,
        };
      });
      return [...references, ...literals];
    });
  });
}

function mendUndeclared(meant: string, names: readonly string[]): string {
  const likely = nearest(meant, names);
  return likely === undefined ? `Declared: ${list(names)}.` : `Did you mean ${referenceTo(likely)}?`;
}

function short(written: string): string {
  return quote(written).slice(1, -1);
}
