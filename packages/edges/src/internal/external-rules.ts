import type { Draft } from './draft.ts';
import { type Finding, quote, unquoteWhenPlain } from './finding.ts';

const THIS_MACHINE = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** A receiver of others is an origin that a token can be sent to. */
export function externalFindings(drafts: readonly Draft[]): Finding[] {
  return drafts.flatMap(({ part, name, raw, at }): Finding[] => {
    const { url } = raw;
    if (part !== 'external' || typeof url !== 'string') return [];
    const fault = faultOf(url);
    if (fault === undefined) return [];
    const origin = originOf(url);
    const mend = () =>
      origin === undefined ? 'Write an https origin, such as https://payments.example.com.' : `Write ${origin}.`;
    return [{ offset: at(['url'], 'value'), message: `${unquoteWhenPlain(name)}: url ${quote(url)} ${fault}`, mend }];
  });
}

function faultOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//.test(text)) return 'is no URL of http';
  if (url.username !== '' || url.password !== '') return 'holds credentials';
  if (url.protocol === 'http:' && !THIS_MACHINE.test(url.hostname))
    return 'is not https: a token would be sent in the clear';
  // Compared with what callers are told, and with audiences: one way to write it.
  return text === url.origin ? undefined : 'is more than an origin, or not written as one';
}

/** The origin that is likely meant. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return THIS_MACHINE.test(url.hostname) ? url.origin : `https://${url.host}`;
}
